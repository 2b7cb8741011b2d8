import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { algorithmOf, type Digest, hexOf } from '../../src/oci/digest.ts'
import { hasCode } from '../blobs/filesystem/absence.ts'

/*
 * Where registry:2 and distribution v3 keep things, below docker/registry/v2:
 *
 *     blobs/<algorithm>/<2 hex>/<hex>/data                      content; the algorithm is sha256
 *     repositories/<name>/_layers/<algorithm>/<hex>/link        a right to a blob: holds a digest
 *     repositories/<name>/_manifests/revisions/<algorithm>/<hex>/link            a manifest
 *     repositories/<name>/_manifests/tags/<tag>/current/link    where a tag points
 *     repositories/<name>/_manifests/tags/<tag>/index/…         where it ever pointed
 *     repositories/<name>/_uploads/                             not finished
 *
 * A deleted blob or manifest leaves its directory without the link. Names of repositories nest.
 */

export function blobDirectory(directory: string, digest: Digest): string {
  const hex = hexOf(digest)
  return join(directory, 'blobs', algorithmOf(digest), hex.slice(0, 2), hex)
}

export function blobFile(directory: string, digest: Digest): string {
  return join(blobDirectory(directory, digest), 'data')
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return false
    throw error
  }
}

const below = ['docker/registry/v2', 'registry/v2', 'v2', '.']

/**
 * The directory that holds `repositories`, given the storage root of a registry:2, that directory, or
 * one in between; `undefined` if there is none.
 */
export async function findForeign(path: string): Promise<string | undefined> {
  for (const way of below) {
    const directory = resolve(path, way)
    if (await isDirectory(join(directory, 'repositories'))) return directory
  }
  return undefined
}

/** The same for a storage root, if there is anything in it that this process may see. */
export async function findFilled(root: string): Promise<string | undefined> {
  try {
    const found = await findForeign(join(root, 'docker/registry/v2'))
    const names = found === undefined ? [] : await readdir(join(found, 'repositories'))
    return names.length > 0 ? found : undefined
  } catch {
    return undefined
  }
}
