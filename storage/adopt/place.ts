import { link, lstat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { algorithmOf, makeDigest, newHash } from '../../src/oci/digest.ts'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import { explainReadError } from '../blobs/filesystem/damage.ts'
import { type Descriptor, openToRead } from '../blobs/filesystem/descriptor.ts'
import { createDirectories } from '../blobs/filesystem/directories.ts'
import { createLayout, makeKey } from '../blobs/filesystem/layout.ts'
import { type Opened, readAhead } from '../blobs/filesystem/reader.ts'
import { createSlabs, type Slabs } from '../blobs/filesystem/slabs.ts'
import { describe } from '../blobs/filesystem/version.ts'
import type { Damage, UploadStore } from '../blobs/store.ts'
import { explainLinkError } from './explain.ts'
import { blobFile } from './paths.ts'
import type { PlacedObject, Placing, WantedObject } from './store.ts'

/** Told of bytes as they are read. */
export type OnRead = (bytes: number) => void

export interface PlacingOptions {
  /** Of the other registry; see `findForeign`. */
  readonly directory: string
  readonly onRead: OnRead
}

function damageOf(error: unknown): Damage {
  const explained = explainReadError(error, '')
  if (explained instanceof Error && 'damage' in explained) return explained.damage as Damage
  throw error
}

interface Source {
  readonly file: Descriptor
  readonly opened: Opened
  readonly path: string
}

/** Reads a file once; gives what is wanted and has its digest, and what is wrong with the rest. */
async function verify(
  { file, opened, path }: Source,
  wanted: readonly WantedObject[],
  { slabs, onRead }: { readonly slabs: Slabs; readonly onRead: OnRead },
): Promise<Damage | ReadonlySet<WantedObject>> {
  const algorithms = new Set(wanted.map(({ digest }) => algorithmOf(digest)))
  const hashes = [...algorithms].map((name) => ({ name, hash: newHash(name) }))
  try {
    const chunks = readAhead({ file, slabs, start: 0, end: opened.size, name: path })
    for await (const chunk of chunks) {
      for (const { hash } of hashes) hash.update(chunk)
      onRead(chunk.length)
    }
  } catch (error) {
    return damageOf(error)
  }
  const digests = new Set(hashes.map(({ name, hash }) => makeDigest(name, hash.digest('hex'))))
  return new Set(wanted.filter(({ digest }) => digests.has(digest)))
}

/** Runs `use` on a file of the other registry; what it can't be read for is a damage. */
async function withSource(
  path: string,
  wanted: readonly WantedObject[],
  use: (source: Source) => Promise<readonly PlacedObject[]>,
): Promise<readonly PlacedObject[]> {
  let file: Descriptor | undefined
  try {
    file = await unlessAbsent(openToRead(path))
  } catch (error) {
    const damage = damageOf(error)
    return wanted.map(({ upload }) => ({ upload, damage }))
  }
  if (file === undefined) return wanted.map(({ upload }) => ({ upload, damage: 'missing' }))
  try {
    return await use({ file, opened: file.opened(), path })
  } finally {
    file.close()
  }
}

/** Only reads: for telling what would be done. */
export function createVerifying({ directory, onRead }: PlacingOptions): Placing {
  const slabs = createSlabs()
  return {
    place: (target, wanted) =>
      withSource(blobFile(directory, target), wanted, async (source) => {
        const sound = await verify(source, wanted, { slabs, onRead })
        return wanted.map((each) => {
          const { upload, digest } = each
          if (typeof sound === 'string') return { upload, damage: sound }
          if (!sound.has(each)) return { upload, damage: 'wrong content' }
          return { upload, key: makeKey(digest, upload), size: source.opened.size }
        })
      }),
    settle: async () => undefined,
  }
}

/**
 * Gives each blob a second name, below `root`, without changing it in any way. A file that changes
 * its place while it is read is taken for another, and refused.
 */
export function createLinking(options: PlacingOptions & { readonly root: string }): Placing {
  const { directory, root, onRead } = options
  const slabs = createSlabs()
  const layout = createLayout(root)
  const directories = createDirectories()
  const ready = new Set<string>()
  const unsettled = new Set<string>()

  async function prepare(path: string): Promise<void> {
    if (!ready.has(path)) {
      await directories.make(dirname(path))
      await directories.make(path)
      ready.add(path)
    }
    unsettled.add(path)
  }

  async function linkOne({ path, opened }: Source, { upload, digest }: WantedObject) {
    const key = makeKey(digest, upload)
    const to = layout.blobFile(key)
    await prepare(dirname(to))
    await link(path, to).catch((error: unknown) => {
      throw explainLinkError(error, path, to)
    })
    const { version, size } = describe(await lstat(to, { bigint: true }))
    if (version === opened.version) return { upload, key, size }
    await unlink(to)
    throw new Error(`${path} was changed while it was read; stop what writes there`)
  }

  return {
    place: (target, wanted) =>
      withSource(blobFile(directory, target), wanted, async (source) => {
        const sound = await verify(source, wanted, { slabs, onRead })
        if (typeof sound === 'string') {
          return wanted.map(({ upload }) => ({ upload, damage: sound }))
        }
        // The other registry need not have synced it.
        if (sound.size > 0) await source.file.datasync()
        return Promise.all(
          wanted.map(async (each): Promise<PlacedObject> => {
            if (sound.has(each)) return linkOne(source, each)
            return { upload: each.upload, damage: 'wrong content' }
          }),
        )
      }),
    async settle() {
      for (const path of unsettled) await directories.sync(path)
      unsettled.clear()
    },
  }
}

/** Copies each blob the way a push comes in: hashed while it is written. */
export function createCopying(
  options: PlacingOptions & { readonly uploadStore: UploadStore },
): Placing {
  const { directory, onRead, uploadStore } = options
  const slabs = createSlabs()

  async function copyOne(source: Source, wanted: WantedObject): Promise<PlacedObject> {
    const { upload, digest } = wanted
    const { file, opened, path } = source
    async function* body() {
      for await (const chunk of readAhead({
        file,
        slabs,
        start: 0,
        end: opened.size,
        name: path,
      })) {
        onRead(chunk.length)
        yield chunk
      }
    }
    await uploadStore.create(upload)
    try {
      await uploadStore.append(upload, 0, body(), algorithmOf(digest))
      const sealed = await uploadStore.seal(upload, digest)
      if (sealed !== undefined) return { upload, key: sealed.key, size: sealed.size }
    } catch (error) {
      const damage = damageOf(error)
      await uploadStore.abort(upload)
      return { upload, damage }
    }
    await uploadStore.abort(upload)
    return { upload, damage: 'wrong content' }
  }

  return {
    place: (target, wanted) =>
      withSource(blobFile(directory, target), wanted, async (source) => {
        const placed: PlacedObject[] = []
        for (const each of wanted) placed.push(await copyOne(source, each))
        return placed
      }),
    settle: async () => undefined,
  }
}
