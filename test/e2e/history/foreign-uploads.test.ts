import t from 'tap'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { check } from './checker.ts'
import { type Connection, openConnection } from './connection.ts'
import { createDice, type Dice } from './dice.ts'
import { unfinishedUploads } from './disk.ts'
import { explain } from './explain.ts'
import { beginUpload, foreignRepository, type UploadClient } from './upload-client.ts'
import { type UploadRequest, uploadSpecification } from './upload-specification.ts'

const seeds = [1, 2, 3]
const uploadsPerSeed = 10
const strangers = 4
const repository = 'team/app'

const registry = await startRegistry(t)

/** What a stranger who learned the id may try: to look, add, take over and cancel. */
function attempt(dice: Dice, content: Buffer): UploadRequest {
  const method = dice.pick(['GET', 'PATCH', 'PUT', 'DELETE'])
  const body = method === 'PATCH' ? dice.bytes(20) : Buffer.alloc(0)
  return { kind: 'foreign', method, digest: sha256(content), body }
}

async function push(connection: Connection, upload: UploadClient, content: Buffer): Promise<void> {
  for (let start = 0; start < content.length; start += 2000) {
    const body = content.subarray(start, start + 2000)
    await upload.send(connection, { kind: 'patch', body })
    await upload.send(connection, { kind: 'get' })
  }
  const digest = sha256(content)
  await upload.send(connection, { kind: 'put', digest, body: Buffer.alloc(0) })
}

for (const seed of seeds) {
  t.test(`an upload is unknown through another repository, seed ${seed}`, async (t) => {
    const dice = createDice(seed)
    const connections = await Promise.all(
      Array.from({ length: 1 + strangers }, () => openConnection(registry.host)),
    )
    const [owner, ...others] = connections as [Connection, ...Connection[]]
    let operations = 0
    for (let round = 0; round < uploadsPerSeed; round++) {
      const content = dice.bytes(10_000)
      const upload = await beginUpload(registry.host, repository)
      let pushing = true
      const attempts = others.map(async (connection) => {
        while (pushing) await upload.send(connection, attempt(dice, content))
      })
      await push(owner, upload, content)
      pushing = false
      await Promise.all(attempts)

      const history = upload.history()
      operations += history.length
      t.equal(explain(check(history, uploadSpecification(history))), '')
      const own = history.filter(({ request }) => request.kind === 'put')
      t.match(own, [{ answer: { status: 201 } }], 'the push was not disturbed')
      const blob = `blobs/${sha256(content)}`
      const found = await fetch(`${registry.url}/v2/${repository}/${blob}`)
      t.equal(sha256(Buffer.from(await found.arrayBuffer())), sha256(content))
      const stolen = await fetch(`${registry.url}/v2/${foreignRepository}/${blob}`)
      t.equal(stolen.status, 404)
    }
    t.comment(`${operations} operations`)
    for (const connection of connections) connection.close()
    const tags = await fetch(`${registry.url}/v2/${foreignRepository}/tags/list`)
    t.equal(tags.status, 404, 'the other repository was not made')
    t.strictSame(await unfinishedUploads(registry.root), { files: [], rows: [] })
  })
}
