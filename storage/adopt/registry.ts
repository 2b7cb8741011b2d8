import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rm, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Digest, isDigest } from '../../src/oci/digest.ts'
import { inSlices } from '../backup/slices.ts'
import { hasCode, unlessAbsent } from '../blobs/filesystem/absence.ts'
import { explainReadError } from '../blobs/filesystem/damage.ts'
import { blobDirectory, blobFile } from './paths.ts'
import { directoriesIn, type OnProblem, readRepositories } from './repositories.ts'
import type { ForeignBlob, ForeignRegistry } from './store.ts'

/** Files looked at at the same time. */
const width = 32

/** The blob in a directory named by its digest; without a file in it, it was deleted. */
async function look(
  directory: string,
  digest: Digest,
  onProblem: OnProblem,
): Promise<ForeignBlob | undefined> {
  const path = blobFile(directory, digest)
  const found = await unlessAbsent(lstat(path))
  if (found === undefined) return undefined
  if (found.isFile()) return { digest, size: found.size }
  const problem = found.isSymbolicLink() ? 'symbolic link' : 'stray'
  onProblem({ problem, path: path.slice(directory.length + 1), digest })
  return undefined
}

async function* listBlobs(
  directory: string,
  onProblem: OnProblem,
): AsyncGenerator<readonly ForeignBlob[], void> {
  for (const algorithm of await directoriesIn(directory, 'blobs', onProblem)) {
    const above = join('blobs', algorithm)
    for (const prefix of await directoriesIn(directory, above, onProblem)) {
      const path = join(above, prefix)
      const names = await directoriesIn(directory, path, onProblem)
      const digests = names.map((hex) => `${algorithm}:${hex}`)
      for (const [i, digest] of digests.entries()) {
        const named = isDigest(digest) && names[i]?.startsWith(prefix)
        if (!named) onProblem({ problem: 'bad name', path: join(path, names[i] ?? '') })
      }
      const blobs = await inSlices(digests.filter(isDigest), width, (digest) =>
        look(directory, digest, onProblem),
      )
      yield blobs.filter((blob) => blob !== undefined)
    }
  }
}

/** What says that there is no file of that name, or something else in its place. */
const noFile = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP']

async function readSmall(path: string, maxSize: number): ReturnType<ForeignRegistry['read']> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    return (await file.stat()).size > maxSize ? 'too large' : await file.readFile()
  } catch (error) {
    if (noFile.some((code) => hasCode(error, code))) return undefined
    if (explainReadError(error, path) === error) throw error
    return 'unreadable'
  } finally {
    await file?.close()
  }
}

/** Removes a directory if it is empty; says whether it is gone. */
async function removeEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true
    if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function prune(path: string): Promise<void> {
  const entries = (await unlessAbsent(readdir(path, { withFileTypes: true }))) ?? []
  for (const entry of entries) if (entry.isDirectory()) await prune(join(path, entry.name))
  await removeEmpty(path)
}

/** Opens the directory that `findForeign` found. */
export function openForeign(directory: string): ForeignRegistry {
  async function removeLink(...parts: readonly string[]): Promise<void> {
    const link = join(directory, 'repositories', ...parts, 'link')
    await unlessAbsent(unlink(link))
    await removeEmpty(dirname(link))
  }
  return {
    directory,
    repositories: (onProblem) => readRepositories(directory, onProblem),
    blobs: (onProblem) => listBlobs(directory, onProblem),
    read: (digest, maxSize) => readSmall(blobFile(directory, digest), maxSize),
    async removeBlob(digest) {
      await unlessAbsent(unlink(blobFile(directory, digest)))
      await removeEmpty(blobDirectory(directory, digest))
    },
    removeLayer: (name, digest) => removeLink(name, '_layers', digest.replace(':', '/')),
    removeManifest: (name, digest) =>
      removeLink(name, '_manifests/revisions', digest.replace(':', '/')),
    removeTag: (name, tag) =>
      rm(join(directory, 'repositories', name, '_manifests/tags', tag), {
        recursive: true,
        force: true,
      }),
    async prune() {
      await prune(join(directory, 'repositories'))
      await prune(join(directory, 'blobs'))
    },
  }
}
