import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Content, manifestType } from '../load/content.ts'
import { createCopies } from './copies.ts'
import { emptyConfig, manyManifests } from './many.ts'
import { numbers, repositoryName, tagName } from './names.ts'

/* The directories of zot: an OCI image layout for each repository. Not awaited, like the others. */

const layoutFile = JSON.stringify({ imageLayoutVersion: '1.0.0' })

const indexOf = (manifests: readonly unknown[]) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
  })

function describe({ bytes, digest }: Content, tag: string) {
  const annotations = { 'org.opencontainers.image.ref.name': tag }
  return { mediaType: manifestType, digest, size: bytes.length, annotations }
}

function writeLayout(directory: string, index: string, blobs: Iterable<Content>): void {
  const place = join(directory, 'blobs/sha256')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(directory, 'oci-layout'), layoutFile)
  writeFileSync(join(directory, 'index.json'), index)
  for (const { bytes, digest } of blobs) {
    writeFileSync(join(place, digest.slice('sha256:'.length)), bytes)
  }
}

/** One repository with so many tags, all of one manifest. */
export async function fillTags(root: string, count: number): Promise<void> {
  const [manifest] = [...manyManifests(1)]
  if (manifest === undefined) return
  const entries = numbers(count).map((i) => describe(manifest, tagName(i)))
  writeLayout(join(root, repositoryName(0)), indexOf(entries), [manifest, emptyConfig])
}

/** So many repositories. */
export async function fillRepositories(root: string, count: number): Promise<void> {
  const [layouts, indexes] = [createCopies(), createCopies()]
  const empty = indexOf([])
  for (const i of numbers(count)) {
    const directory = join(root, repositoryName(i))
    mkdirSync(join(directory, 'blobs'), { recursive: true })
    layouts.write(join(directory, 'oci-layout'), layoutFile)
    indexes.write(join(directory, 'index.json'), empty)
  }
}

/** One repository with so many manifests. */
export async function fillManifests(root: string, count: number): Promise<void> {
  const entries = [...manyManifests(count)]
  const index = indexOf(entries.map((manifest, i) => describe(manifest, tagName(i))))
  writeLayout(join(root, 'team/app'), index, [emptyConfig, ...entries])
}
