import t from 'tap'
import { within } from '../../helpers/e2e/daemon.ts'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { check } from './checker.ts'
import { openConnection } from './connection.ts'
import { createContentClient } from './content-client.ts'
import { createDice } from './dice.ts'
import { digestOfObject, objectsOf, unfinishedUploads } from './disk.ts'
import { explain } from './explain.ts'
import { type RepositoryRequest, repositorySpecification } from './repository-specification.ts'

const seeds = [1, 2, 3]
const pushers = 50
const readers = 8
const repository = 'team/app'

const registry = await startRegistry(t)
const specification = repositorySpecification(repository, {
  blobs: [],
  manifests: { manifests: [], tags: [] },
})

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
    t.equal(explain(check(history, specification)), '', 'the answers can be explained')
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
