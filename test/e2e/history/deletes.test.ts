import t from 'tap'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import type { BlobRequest } from './blob-specification.ts'
import { check } from './checker.ts'
import { type Connection, openConnection } from './connection.ts'
import { createContentClient } from './content-client.ts'
import { createDice, type Dice } from './dice.ts'
import { unfinishedUploads } from './disk.ts'
import { explain } from './explain.ts'
import { imageNaming } from './image.ts'
import { type RepositoryRequest, repositorySpecification } from './repository-specification.ts'
import type { TagRequest } from './tag-specification.ts'

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)
const clients = 8
const requestsEach = 25
const tags = ['v1', 'v2']

const registry = await startRegistry(t)

/** A few blobs and images over them, which all clients push and delete. */
function createStock(dice: Dice) {
  const blobs = Array.from({ length: 3 }, () => dice.bytes(500)) as [Buffer, Buffer, Buffer]
  const [config, one, two] = blobs
  const images = [[config, one] as const, [config, two] as const, [config, one, two] as const].map(
    (named, number) => ({
      digest: sha256(imageNaming([...named], number)),
      bytes: imageNaming([...named], number),
      needs: named.map((blob) => sha256(blob)),
    }),
  )
  const contents = new Map([
    ...blobs.map((bytes) => [sha256(bytes), bytes] as const),
    ...images.map(({ digest, bytes }) => [digest, bytes] as const),
  ])
  return { digests: blobs.map((blob) => sha256(blob)), images, contents }
}

type Stock = ReturnType<typeof createStock>

interface Place {
  readonly repository: string
  /** Where mounts come from. */
  readonly source: string
}

function blobRequest(dice: Dice, { digests }: Stock, { repository, source }: Place): BlobRequest {
  const digest = dice.pick(digests)
  const some: readonly BlobRequest[] = [
    { kind: 'read', repository, digest },
    { kind: 'push', repository, digest },
    { kind: 'mount', repository, digest, from: source },
    { kind: 'delete', repository, digest },
    { kind: dice.hits(2) ? 'push' : 'delete', repository: source, digest },
  ]
  return dice.pick(some)
}

function tagRequest(dice: Dice, { images }: Stock): TagRequest {
  const { digest, needs } = dice.pick(images)
  const tag = dice.pick(tags)
  const some: readonly TagRequest[] = [
    { kind: 'put', digest, tag, needs },
    { kind: 'put', digest, tag, needs },
    { kind: 'put', digest, needs },
    { kind: 'resolve', tag },
    { kind: 'fetch', digest },
    { kind: 'untag', tag },
    { kind: 'remove', digest },
    { kind: 'list' },
  ]
  return dice.pick(some)
}

function anyRequest(dice: Dice, stock: Stock, place: Place): RepositoryRequest {
  return dice.hits(2)
    ? { noun: 'blob', request: blobRequest(dice, stock, place) }
    : { noun: 'manifest', request: tagRequest(dice, stock) }
}

for (const seed of seeds) {
  t.test(`pushes, mounts and deletes at once, seed ${seed}`, async (t) => {
    const dice = createDice(seed)
    const stock = createStock(dice)
    const place = { repository: `race/app${seed}`, source: `source/app${seed}` }
    const { repository, source } = place
    const client = createContentClient({ repository, contents: stock.contents })
    const open = () => openConnection(registry.host)
    const connections = await Promise.all(Array.from({ length: clients }, open))
    const [first] = connections as [Connection, ...Connection[]]
    for (const digest of stock.digests) {
      for (const name of [repository, source]) {
        const request: BlobRequest = { kind: 'push', repository: name, digest }
        await client.send(first, { noun: 'blob', request })
      }
    }

    const plans = connections.map(() =>
      Array.from({ length: requestsEach }, () => anyRequest(dice, stock, place)),
    )
    await Promise.all(
      connections.map(async (connection, index) => {
        for (const request of plans[index] ?? []) await client.send(connection, request)
      }),
    )

    const listed = await client.send(first, { noun: 'manifest', request: { kind: 'list' } })
    for (const tag of listed?.tags ?? []) {
      const request: TagRequest = { kind: 'resolve', tag }
      const { status } = (await client.send(first, { noun: 'manifest', request })) ?? {}
      t.equal(status, 200, 'a tag that lists resolves')
    }
    for (const connection of connections) connection.close()
    const history = client.history()
    t.comment(`${history.length} operations`)
    t.ok(history.every(({ answer }) => answer !== undefined && answer.status < 500))
    const verdict = check(
      history,
      repositorySpecification(repository, { blobs: [], manifests: { manifests: [], tags: [] } }),
    )
    t.equal(explain(verdict), '', 'the answers can be explained')
    t.strictSame(await unfinishedUploads(registry.root), { files: [], rows: [] })
  })
}
