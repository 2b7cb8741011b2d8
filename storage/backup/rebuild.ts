import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import { createDirectories, type Directories } from '../blobs/filesystem/directories.ts'
import { lockDirectory } from '../lock.ts'
import type { Contents } from '../metadata/sqlite/contents.ts'
import { findDamageIn } from '../metadata/sqlite/damage.ts'
import { type MetadataDraft, openDraft } from '../metadata/sqlite/draft.ts'
import { listSnapshots } from '../snapshots/directory.ts'
import { copyMetadata } from './copy-metadata.ts'
import { withIncoming } from './durable.ts'
import { type Places, placesIn } from './places.ts'
import type { OnStep } from './progress.ts'
import { type Reconciled, reconcile } from './reconcile.ts'
import { holdsBytes, replaceMetadata } from './replacement.ts'

export interface RebuildOptions {
  /** The data directory. */
  readonly root: string
  /** A copy of the metadata; the newest sound one in `snapshots/` when absent. */
  readonly snapshot?: string | undefined
  /** Replace metadata that is sound. */
  readonly force: boolean
  readonly onStep?: OnStep
  /** Told of each snapshot that can't be used, and why. */
  readonly onUnusable?: (reason: string) => void
}

export interface RebuildReport extends Contents, Reconciled {
  readonly root: string
  /** What the metadata was made from. */
  readonly snapshot: string
  /** The name of the metadata that was replaced, in the data directory. */
  readonly replaced: string | undefined
}

/** There is nothing to rebuild from; the message says what can be done. */
function explainNothing({ root }: Places): Error {
  return new Error(
    `there is no usable snapshot in ${root}, and without one the names, tags and manifests of its images are not known.
With a backup, use "layerhouse restore DIR", or, to keep the blobs that are here, "layerhouse rebuild --snapshot DIR/metadata.db".
A copy of metadata.db from anywhere else serves as well: "layerhouse rebuild --snapshot FILE".
With none, move ${root} away, start anew and push again; the files in its blobs directory are named by the digests of their content.`,
  )
}

async function refuseSound({ metadata }: Places, force: boolean): Promise<void> {
  if (force || !(await holdsBytes(metadata))) return
  if (findDamageIn(metadata) !== undefined) return
  throw new Error(
    `the metadata in ${metadata} is sound; replace it by what a snapshot holds with --force`,
  )
}

interface Chosen {
  readonly file: string
  readonly draft: MetadataDraft
  readonly source: string
}

async function openCopy(source: string, file: string): Promise<Chosen> {
  await copyMetadata(source, file)
  return { source, file, draft: openDraft(file, source) }
}

/** The newest snapshot that can be used: one may have been hit by what hit the metadata. */
async function openNewest(
  data: Places,
  incoming: (name: string) => string,
  onUnusable?: (reason: string) => void,
): Promise<Chosen> {
  const snapshots = await listSnapshots(data.snapshots)
  for (const [i, { file }] of snapshots.toReversed().entries()) {
    try {
      return await openCopy(file, incoming(`metadata-${i}.db`))
    } catch (error) {
      onUnusable?.(error instanceof Error ? error.message : String(error))
    }
  }
  throw explainNothing(data)
}

async function fill(
  options: RebuildOptions,
  data: Places,
  directories: Directories,
  incoming: (name: string) => string,
): Promise<RebuildReport> {
  const { snapshot, onStep, onUnusable } = options
  const { file, draft, source } =
    snapshot === undefined
      ? await openNewest(data, incoming, onUnusable)
      : await openCopy(resolve(snapshot), incoming('metadata.db'))
  let contents: Contents
  let reconciled: Reconciled
  try {
    reconciled = await reconcile(data.blobs, draft, onStep)
    contents = draft.contents()
  } finally {
    draft.close()
  }
  const replaced = await replaceMetadata(data, directories, file)
  return { root: data.root, snapshot: source, ...contents, ...reconciled, replaced }
}

/**
 * Makes the metadata of a data directory anew, from an older copy and the objects that are there.
 * @throws Error if a registry is running there, its metadata is sound and `force` is not given, or
 *   there is nothing to make it from.
 */
export async function rebuildMetadata(options: RebuildOptions): Promise<RebuildReport> {
  const data = placesIn(resolve(options.root))
  if ((await unlessAbsent(stat(data.root))) === undefined) {
    throw new Error(`there is no data directory ${data.root}`)
  }
  const unlock = lockDirectory(data.root)
  try {
    await refuseSound(data, options.force)
    const directories = createDirectories()
    return await withIncoming(data, directories, (incoming) =>
      fill(options, data, directories, incoming),
    )
  } finally {
    unlock()
  }
}
