import { join } from 'node:path'
import t from 'tap'
import { cursor, medianOf } from '../helpers/e2e/median.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { firstBlob, seededDigest, seedListing } from '../helpers/seed-listing.ts'

t.setTimeout(180_000)

const count = 100_000
const boundMs = 15

const registry = await startRegistry(t)
await registry.stop()
seedListing(join(registry.root, 'metadata.db'), count)
await registry.start()

const base = `${registry.url}/api/v1`

async function get<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(base + path)
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Answer
}

interface Page {
  readonly items: readonly { readonly [key: string]: unknown }[]
  readonly next?: string
}

/** A second lies between two pushes; this one is in the middle. */
const middle = (count / 2) * 1000
const digest = seededDigest(count / 2)
const layer = seededDigest(firstBlob)

const repo = 'repo=team/app'
const pages: Readonly<Record<string, readonly [path: string, items: number]>> = {
  'tags by name': [`/tags?${repo}&cursor=${cursor('tags name', 0, 'v050000')}`, 50],
  'tags downward by name': [
    `/tags?${repo}&sort=-name&cursor=${cursor('tags -name', 0, 'v050000')}`,
    50,
  ],
  'tags of images in one answer of 200': [
    `/tags?${repo}&limit=200&cursor=${cursor('tags name', 0, 'v050000')}`,
    200,
  ],
  'tags of indexes': [`/tags?${repo}&cursor=${cursor('tags name', 0, 'v102000')}`, 50],
  'the latest tags': [
    `/tags?${repo}&sort=-pushedAt&cursor=${cursor('tags -pushedAt', middle, 'v050000')}`,
    50,
  ],
  'tags by a part of their name': [`/tags?${repo}&q=777`, 50],
  'tags by a part that no name has': [`/tags?${repo}&q=nothing`, 0],
  manifests: [`/manifests?${repo}&cursor=${cursor('manifests -createdAt', middle, digest)}`, 50],
  'manifests without a tag': [
    `/manifests?${repo}&tagged=false&sort=createdAt&cursor=${cursor('manifests createdAt', 9_000_000, seededDigest(9000))}`,
    50,
  ],
  'manifests without a tag where there are none': [`/manifests?${repo}&tagged=false`, 0],
  indexes: [`/manifests?${repo}&kind=index&sort=createdAt`, 50],
  'users of a layer': [`/layers/${layer}/users?cursor=${cursor('layer users', count / 2)}`, 50],
}

for (const [title, [path, items]] of Object.entries(pages)) {
  t.test(`a page of ${title} among ${count} takes less than ${boundMs} ms`, async (t) => {
    t.equal((await get<Page>(path)).items.length, items)
    const time = await medianOf(base + path)
    t.comment(`median ${time.toFixed(2)} ms`)
    t.ok(time < boundMs, `median ${time.toFixed(2)} ms`)
  })
}

const facts = {
  'a repository': `/repo?${repo}`,
  'a layer that all images have': `/layers/${layer}`,
  'an image': '/images/resolve?ref=team/app:v050000',
}

for (const [title, path] of Object.entries(facts)) {
  t.test(`${title} of ${count} images takes less than ${boundMs} ms`, async (t) => {
    await get(path)
    const time = await medianOf(base + path)
    t.comment(`median ${time.toFixed(2)} ms`)
    t.ok(time < boundMs, `median ${time.toFixed(2)} ms`)
  })
}
