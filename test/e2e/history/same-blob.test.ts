import t from 'tap'
import { within } from '../../helpers/e2e/daemon.ts'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { openConnection } from './connection.ts'
import { createContentClient } from './content-client.ts'
import { createDice } from './dice.ts'
import { digestOfObject, objectsOf, unfinishedUploads } from './disk.ts'
import type { Operation } from './operation.ts'
import type { RepositoryAnswer, RepositoryRequest } from './repository-specification.ts'

const seeds = [1, 2, 3]
const pushers = 50
const readers = 8
const repository = 'team/app'

const registry = await startRegistry(t)

type Step = Operation<RepositoryRequest, RepositoryAnswer>

/** Reads that one order of all can't explain: the blob comes with the first push and stays. */
function wrongReads(history: readonly Step[]): readonly Step[] {
  const pushes = history.filter(({ request: { request } }) => request.kind === 'push')
  const reads = history.filter(({ request: { request } }) => request.kind === 'read')
  const found = reads.filter(({ answer }) => answer?.status === 200)
  const firstStart = Math.min(...pushes.map(({ start }) => start))
  const thereBy = Math.min(...[...pushes, ...found].map(({ end }) => end))
  return reads.filter(({ start, end, answer }) =>
    answer?.status === 404 ? start > thereBy : answer?.status !== 200 || end < firstStart,
  )
}

function openMany(count: number) {
  return Promise.all(Array.from({ length: count }, () => openConnection(registry.host)))
}

for (const seed of seeds) {
  t.test(`fifty clients push the same blob at once, seed ${seed}`, async (t) => {
    const content = createDice(seed).bytes(200_000)
    const digest = sha256(content)
    const client = createContentClient({ repository, contents: new Map([[digest, content]]) })
    const ask = (kind: 'push' | 'read'): RepositoryRequest => ({
      noun: 'blob',
      request: { kind, repository, digest },
    })
    let pushing = true
    const reads = (await openMany(readers)).map(async (connection) => {
      while (pushing) await client.send(connection, ask('read'))
      connection.close()
    })
    const pushes = (await openMany(pushers)).map(async (connection) => {
      const answer = await client.send(connection, ask('push'))
      connection.close()
      return answer?.status
    })
    const statuses = await Promise.all(pushes)
    pushing = false
    await Promise.all(reads)

    t.strictSame(
      statuses,
      Array.from({ length: pushers }, () => 201),
    )
    const history = client.history()
    t.comment(`${history.length} operations`)
    t.same(wrongReads(history), [], 'there for all as soon as it is there for one')
    const single = await within(
      5000,
      async () => (await objectsOf(registry.root, digest)).length === 1,
    )
    t.ok(single, 'one object is left')
    for (const path of await objectsOf(registry.root, digest)) {
      t.equal(await digestOfObject(path), digest)
    }
    t.strictSame(await unfinishedUploads(registry.root), { files: [], rows: [] })
  })
}
