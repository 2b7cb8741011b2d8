/** Moving in from another registry: the way of the command, and of the start, to the drivers. */
import { existsSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import type { Config } from '../config/schema.ts'
import { refuseOtherDisk } from '../storage/adopt/explain.ts'
import { markAdoption, readAdoptionMark, unmarkAdoption } from '../storage/adopt/mark.ts'
import { findFilled, findForeign } from '../storage/adopt/paths.ts'
import { createCopying, createLinking, createVerifying } from '../storage/adopt/place.ts'
import { openForeign } from '../storage/adopt/registry.ts'
import type { MetadataStore } from '../storage/metadata/store.ts'
import { openScratch, openStores } from '../storage/open.ts'
import { removeAdopted } from './services/adopt/remove.ts'
import type { AdoptionFinding } from './services/adopt/report.ts'
import { type Adoption, type AdoptionStep, runAdoption } from './services/adopt/run.ts'
import { createHousekeeping } from './services/housekeeping.ts'
import { createKeyedLock } from './services/keyed-lock.ts'
import { storageTimes } from './storage-times.ts'

export type { AdoptionFinding, AdoptionStep }

/** How content comes: as another name for the same bytes, as a copy, or leaving the old place. */
export type Way = 'link' | 'copy' | 'move'

export interface AdoptTask {
  /** The other registry's storage root, or the `docker/registry/v2` in it. */
  readonly source: string
  readonly way: Way
  readonly dryRun: boolean
  readonly onStep?: (step: AdoptionStep) => void
}

export interface AdoptReport extends Adoption {
  readonly root: string
  /** Where the repositories of the other one are. */
  readonly source: string
  readonly way: Way
  readonly dryRun: boolean
}

async function findSource(path: string): Promise<string> {
  const found = await findForeign(path)
  if (found !== undefined) return realpath(found)
  throw new Error(
    `there is no registry:2 in ${path}: neither it nor ${join(path, 'docker/registry/v2')} holds a directory "repositories"`,
  )
}

/** The nearest directory above that is there. */
function presentAbove(path: string): string {
  return existsSync(path) ? path : presentAbove(dirname(path))
}

/** Our files may lie beside the other's `docker`, not among its own. */
async function refuseInside(source: string, root: string): Promise<void> {
  const above = presentAbove(root)
  const real = join(await realpath(above), root.slice(above.length))
  if (!`${real}${sep}`.startsWith(`${source}${sep}`)) return
  throw new Error(
    `the data directory ${root} lies in ${source}, which belongs to the other registry; choose another with --root`,
  )
}

function policyOf({ manifests }: Config) {
  const { maxSize, requireBlobs, requireChildren, maxReferences } = manifests
  return { maxSize, requireBlobs, requireChildren, maxReferences }
}

/** Everything but what changes a file: the metadata is a copy that is thrown away. */
async function tryOut(config: Config, task: AdoptTask, directory: string): Promise<Adoption> {
  const { root } = config.storage
  const scratch = await mkdtemp(join(tmpdir(), 'layerhouse-adopt-'))
  try {
    const { metadata, close } = await openScratch({ root, times: storageTimes(config) }, scratch)
    try {
      return await runAdoption({
        metadata,
        foreign: openForeign(directory),
        placing: (onRead) => createVerifying({ directory, onRead }),
        policy: policyOf(config),
        onStep: task.onStep,
      })
    } finally {
      await close()
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function carryOut(config: Config, task: AdoptTask, directory: string): Promise<Adoption> {
  const root = resolve(config.storage.root)
  const { way, onStep } = task
  const stores = await openStores({ root, times: storageTimes(config) })
  const { metadata, uploadStore } = stores
  const foreign = openForeign(directory)
  try {
    const lock = createKeyedLock()
    const { expireAfter } = config.uploads
    // What an adoption that was killed had begun and not committed.
    await createHousekeeping({ ...stores, lock, expireAfter }).recover()
    await markAdoption(root, directory)
    const adoption = await runAdoption({
      metadata,
      foreign,
      placing: (onRead) =>
        way === 'copy'
          ? createCopying({ directory, onRead, uploadStore })
          : createLinking({ directory, onRead, root }),
      policy: policyOf(config),
      onStep,
    })
    if (way === 'move') await removeAdopted({ metadata, foreign })
    await unmarkAdoption(root)
    return adoption
  } finally {
    await stores.close()
  }
}

/**
 * Makes another registry's content this one's. Without `move` the other directory stays as it is.
 * @throws Error if there is no such registry, one of ours works on the data directory, or the file
 *   system does not do what is asked. What was done until then stays; run it again.
 */
export async function adopt(config: Config, task: AdoptTask): Promise<AdoptReport> {
  const { way, dryRun } = task
  const root = resolve(config.storage.root)
  const source = await findSource(task.source)
  await refuseInside(source, root)
  if (way !== 'copy') await refuseOtherDisk(source, presentAbove(root))
  const work = dryRun ? tryOut : carryOut
  return { root, source, way, dryRun, ...(await work(config, task, source)) }
}

/** Where registry:2 keeps things in its container, and we in ours. */
const usualRoot = '/var/lib/registry'

/**
 * What a person has to be told at the start about another registry's directory that lies there:
 * nothing of it was adopted, or not all. `undefined` if there is nothing to say.
 */
export async function findUnadopted(
  root: string,
  { repositories }: Pick<MetadataStore, 'repositories'>,
): Promise<string | undefined> {
  const begun = await readAdoptionMark(root)
  if (begun !== undefined) {
    return `moving in from ${begun} was cut off: not all of it is here. Stop this registry and run "layerhouse adopt ${begun}" again, which goes on where it was; or remove ${join(root, 'adopt.incomplete')} to leave it at that.`
  }
  if ((await repositories.list({ limit: 1 })).length > 0) return undefined
  for (const place of [root, usualRoot]) {
    const found = await findFilled(place)
    if (found === undefined) continue
    return `${found} holds the images of a registry:2, and this registry is empty: they were not adopted. Stop this registry and run "layerhouse adopt ${place}"; add --dry-run to see first what it would do.`
  }
  return undefined
}
