import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCopies } from './copies.ts'
import { emptyConfig, manyManifests } from './many.ts'
import { numbers, repositoryName, tagName } from './names.ts'

/*
 * The directories of docker-registry and distribution. Files are made one after another without
 * awaiting: there are hundreds of thousands, nothing is measured yet, and it is several times faster.
 */

const repositories = (root: string) => join(root, 'docker/registry/v2/repositories')

function writeLink(directory: string, digest: string): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'link'), digest)
}

/** One repository with so many tags. */
export async function fillTags(root: string, count: number): Promise<void> {
  const tags = join(repositories(root), repositoryName(0), '_manifests/tags')
  const copies = createCopies()
  for (const i of numbers(count)) {
    const directory = join(tags, tagName(i), 'current')
    mkdirSync(directory, { recursive: true })
    copies.write(join(directory, 'link'), emptyConfig.digest)
  }
}

/** So many repositories: version 2 lists what has layers, version 3 what has manifests. */
export async function fillRepositories(root: string, count: number): Promise<void> {
  for (const i of numbers(count)) {
    const repository = join(repositories(root), repositoryName(i))
    mkdirSync(join(repository, '_layers'), { recursive: true })
    mkdirSync(join(repository, '_manifests'))
  }
}

/** One repository with so many manifests. */
export async function fillManifests(root: string, count: number): Promise<void> {
  const revisions = join(repositories(root), 'team/app/_manifests/revisions/sha256')
  const blobs = join(root, 'docker/registry/v2/blobs/sha256')
  for (const { bytes, digest } of manyManifests(count)) {
    const hex = digest.slice('sha256:'.length)
    writeLink(join(revisions, hex), digest)
    const blob = join(blobs, hex.slice(0, 2), hex)
    mkdirSync(blob, { recursive: true })
    writeFileSync(join(blob, 'data'), bytes)
  }
}
