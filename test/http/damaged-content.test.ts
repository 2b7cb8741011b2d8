import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

function objectOf(root: string, digest: string): string {
  const hex = digest.slice('sha256:'.length)
  const folder = join(root, 'blobs', 'sha256', hex.slice(0, 2))
  const names = readdirSync(folder).filter((name) => name.startsWith(hex))
  if (names.length !== 1) throw new Error(`${names.length} objects of ${digest}`)
  return join(folder, names[0] as string)
}

const damages: Readonly<Record<string, (path: string, size: number) => void>> = {
  'a lost blob': (path) => rmSync(path),
  'a spoiled blob': (path, size) => writeFileSync(path, Buffer.alloc(size, 'x')),
  'a cut blob': (path) => truncateSync(path, 10),
}

for (const [what, damage] of Object.entries(damages)) {
  t.test(`${what} is healed by the next push, in every repository`, async (t) => {
    const { request, root } = await startRegistry(t)
    const blob = await pushBlob(request, 'one', randomContent(100_000))
    await request('POST', `/v2/two/blobs/uploads/?mount=${blob.digest}&from=one`)
    damage(objectOf(root, blob.digest), blob.size)
    await pushBlob(request, 'one', blob)
    for (const name of ['one', 'two']) {
      const answer = await request('GET', `/v2/${name}/blobs/${blob.digest}`)
      t.equal(answer.status, 200)
      t.ok(answer.body.equals(blob.bytes), name)
    }
    t.ok(objectOf(root, blob.digest), 'and the old object is gone')
  })
}

t.test('a lost blob is unknown, not a failure', async (t) => {
  const { request, root } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(1000))
  rmSync(objectOf(root, blob.digest))
  const answer = await request('GET', `/v2/a/blobs/${blob.digest}`)
  t.match(answer.json(), { errors: [{ code: 'BLOB_UNKNOWN' }] })
  t.equal(answer.status, 404)
})

t.test('a blob that changes place while it is asked for is found', async (t) => {
  const { request } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(200_000))
  let pushing = true
  const pushes = (async () => {
    for (let n = 0; n < 30; n++) await pushBlob(request, 'a', blob)
    pushing = false
  })()
  let reads = 0
  while (pushing) {
    const answer = await request('GET', `/v2/a/blobs/${blob.digest}`)
    if (answer.status !== 200 || !answer.body.equals(blob.bytes)) t.fail(`${answer.status}`)
    reads++
  }
  await pushes
  t.ok(reads > 10, `${reads} reads during 30 pushes`)
})
