import t from 'tap'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { check } from './checker.ts'
import { type Connection, openConnection } from './connection.ts'
import { createContentClient } from './content-client.ts'
import { createDice } from './dice.ts'
import { explain } from './explain.ts'
import { imageNaming } from './image.ts'
import { type RepositoryRequest, repositorySpecification } from './repository-specification.ts'
import type { TagRequest } from './tag-specification.ts'

const seeds = [1, 2, 3, 4, 5]
const pushers = 50
const readers = 6
const tag = 'latest'

const registry = await startRegistry(t)

function openMany(count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(registry.host)))
}

function about(request: TagRequest): RepositoryRequest {
  return { noun: 'manifest', request }
}

for (const seed of seeds) {
  t.test(`fifty clients push to one tag at once, seed ${seed}`, async (t) => {
    const repository = `team/app${seed}`
    const config = createDice(seed).bytes(100)
    const needs = [sha256(config)]
    const images = Array.from({ length: pushers }, (_, index) => imageNaming([config], index))
    const contents = new Map([config, ...images].map((bytes) => [sha256(bytes), bytes]))
    const client = createContentClient({ repository, contents })
    const [first, ...others] = (await openMany(1 + pushers + readers)) as [
      Connection,
      ...Connection[],
    ]
    await client.send(first, {
      noun: 'blob',
      request: { kind: 'push', repository, digest: sha256(config) },
    })

    let pushing = true
    const reads = others.slice(pushers).map(async (connection) => {
      while (pushing) await client.send(connection, about({ kind: 'resolve', tag }))
    })
    const pushes = images.map(async (image, index) => {
      const put = about({ kind: 'put', digest: sha256(image), tag, needs })
      return (await client.send(others[index] as Connection, put))?.status
    })
    const statuses = await Promise.all(pushes)
    pushing = false
    await Promise.all(reads)
    const last = await client.send(first, about({ kind: 'resolve', tag }))
    for (const image of images) {
      await client.send(first, about({ kind: 'fetch', digest: sha256(image) }))
    }
    await client.send(first, about({ kind: 'list' }))
    for (const connection of [first, ...others]) connection.close()

    t.ok(statuses.every((status) => status === 201))
    t.ok(images.some((image) => sha256(image) === last?.digest))
    const history = client.history()
    const verdict = check(
      history,
      repositorySpecification(repository, { blobs: [], manifests: { manifests: [], tags: [] } }),
    )
    t.equal(explain(verdict), '', 'the answers can be explained')
    t.comment(`${history.length} operations`)
    t.equal(verdict.state.manifests.manifests.length, pushers, 'each is there by digest')
  })
}
