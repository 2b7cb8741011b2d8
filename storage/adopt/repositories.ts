import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmOf, type Digest, isDigest } from '../../src/oci/digest.ts'
import { isRepositoryName, type RepositoryName } from '../../src/oci/name.ts'
import { isTag } from '../../src/oci/reference.ts'
import { inSlices } from '../backup/slices.ts'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import { readLink } from './links.ts'
import type { ForeignLink, ForeignProblem, ForeignRepository, ForeignTag } from './store.ts'

export type OnProblem = (problem: ForeignProblem) => void

/** Link files read at the same time. */
const width = 32

/** The directories in one, in byte order; anything else there is told. Absent is empty. */
export async function directoriesIn(
  root: string,
  path: string,
  onProblem: OnProblem,
): Promise<readonly string[]> {
  const entries = (await unlessAbsent(readdir(join(root, path), { withFileTypes: true }))) ?? []
  const names: string[] = []
  for (const entry of entries) {
    if (entry.isDirectory()) names.push(entry.name)
    else {
      const problem = entry.isSymbolicLink() ? 'symbolic link' : 'stray'
      onProblem({ problem, path: join(path, entry.name) })
    }
  }
  return names.sort()
}

/** One repository that is read. */
interface Place {
  readonly root: string
  /** Of the repository, below the root. */
  readonly path: string
  readonly name: RepositoryName
  readonly onProblem: OnProblem
}

/** The digests that the directories below one are named by. */
async function digestsIn({ root, name, onProblem }: Place, path: string) {
  const digests: Digest[] = []
  for (const algorithm of await directoriesIn(root, path, onProblem)) {
    const below = join(path, algorithm)
    for (const hex of await directoriesIn(root, below, onProblem)) {
      const digest = `${algorithm}:${hex}`
      if (isDigest(digest)) digests.push(digest)
      else onProblem({ problem: 'bad name', path: join(below, hex), repository: name })
    }
  }
  return digests
}

/** A link whose path says what it should hold. */
async function readNamed(
  { root, name, onProblem }: Place,
  path: string,
  digest: Digest,
): Promise<ForeignLink | undefined> {
  const file = join(path, digest.replace(':', '/'), 'link')
  const link = await readLink(join(root, file))
  if (link === undefined) return undefined
  if ('digest' in link) {
    const { digest: target } = link
    if (target === digest || algorithmOf(target) !== algorithmOf(digest)) return { digest, target }
  }
  const problem = 'problem' in link ? link.problem : 'broken link'
  onProblem({ problem, path: file, repository: name, digest })
  return problem === 'empty link' ? { digest, target: digest } : undefined
}

async function readLinks(place: Place, within: string): Promise<readonly ForeignLink[]> {
  const path = join(place.path, within)
  const digests = await digestsIn(place, path)
  const links = await inSlices(digests, width, (digest) => readNamed(place, path, digest))
  return links.filter((link) => link !== undefined)
}

async function readTag(place: Place, path: string, text: string): Promise<ForeignTag | undefined> {
  const { root, name: repository, onProblem } = place
  if (!isTag(text)) {
    onProblem({ problem: 'bad name', path: join(path, text), repository })
    return undefined
  }
  const file = join(path, text, 'current/link')
  const link = (await readLink(join(root, file))) ?? { problem: 'broken link' as const }
  if ('digest' in link) return { tag: text, digest: link.digest, since: link.writtenAt }
  onProblem({ problem: link.problem, path: file, repository, tag: text })
  return undefined
}

async function readTags(place: Place): Promise<readonly ForeignTag[]> {
  const path = join(place.path, '_manifests/tags')
  const names = await directoriesIn(place.root, path, place.onProblem)
  const tags = await inSlices(names, width, (name) => readTag(place, path, name))
  return tags.filter((tag) => tag !== undefined)
}

async function readRepository(place: Place): Promise<ForeignRepository> {
  return {
    name: place.name,
    layers: await readLinks(place, '_layers'),
    manifests: await readLinks(place, '_manifests/revisions'),
    tags: await readTags(place),
  }
}

/** What marks a directory as a repository; `_uploads` alone is a push that never ended. */
const marks = ['_layers', '_manifests']

/** Reads all repositories below `repositories/`, those within others too. */
export async function* readRepositories(
  root: string,
  onProblem: OnProblem,
  name = '',
): AsyncGenerator<ForeignRepository, void> {
  const path = join('repositories', name)
  const names = await directoriesIn(root, path, onProblem)
  if (marks.some((mark) => names.includes(mark))) {
    if (isRepositoryName(name)) yield await readRepository({ root, path, name, onProblem })
    else onProblem({ problem: 'bad name', path })
  }
  for (const below of names) {
    if (below.startsWith('_')) continue
    yield* readRepositories(root, onProblem, name === '' ? below : `${name}/${below}`)
  }
}
