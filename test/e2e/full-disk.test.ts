import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { beginUpload, pushBlob } from '../helpers/e2e/blob.ts'
import { curl } from '../helpers/e2e/curl.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { tmpfs } from '../helpers/e2e/disk.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(120_000)

const diskMebibytes = 48

const registry = await startRegistry(t, { prepare: tmpfs(`size=${diskMebibytes}m`) })
const address = `${registry.url}/v2/team/app`
const small = randomBytes(1 << 20)
const digest = await pushBlob({ address }, small)
const large = join(await temporaryDirectory(t), 'large')
const content = randomBytes((diskMebibytes + 16) << 20)
await writeFile(large, content)

async function refusedUpload(method: string, ...args: readonly string[]) {
  const location = await beginUpload({ address })
  const url = method === 'PUT' ? `${location}?digest=${sha256(content)}` : location
  const sent = ['--write-out', '\n%{size_upload}', '--upload-file', large]
  const answer = await curl('--request', method, ...args, ...sent, url)
  const [json = '', bytes] = answer.body.split('\n')
  return { ...answer, errors: JSON.parse(json) as unknown, sent: Number(bytes) }
}

for (const method of ['PATCH', 'PUT']) {
  await t.test(`a ${method} that fills the disk is refused and gives its room back`, async (t) => {
    const refused = await refusedUpload(method, '--header', 'transfer-encoding: chunked')
    t.equal(refused.status, 507)
    const message = /disk has no room for this: 4\d MiB of 48 MiB are free; free some space/
    t.match(refused.errors, { errors: [{ code: 'UNAVAILABLE', message }] })
    t.ok(refused.sent > 30 << 20, `${refused.sent} bytes were sent`)
    t.equal(await registry.uploadedBytes(), 0, 'nothing of it stays')
  })

  await t.test(`a ${method} that announces too much is refused before it is sent`, async (t) => {
    const refused = await refusedUpload(method, '--expect100-timeout', '10')
    t.equal(refused.status, 507)
    const message = /disk has 4\d MiB free of 48 MiB, and this upload brings 64 MiB/
    t.match(refused.errors, { errors: [{ code: 'UNAVAILABLE', message }] })
    t.equal(refused.sent, 0)
    t.equal(await registry.uploadedBytes(), 0)
  })
}

await t.test('reading goes on, and so does writing, without a restart', async (t) => {
  const answer = await fetch(`${address}/blobs/${digest}`)
  t.equal(sha256(Buffer.from(await answer.arrayBuffer())), digest)
  const other = await pushBlob({ address }, randomBytes(1 << 20))
  t.equal((await fetch(`${address}/blobs/${other}`, { method: 'HEAD' })).status, 200)
  t.equal((await fetch(`${registry.url}/readyz`)).status, 200)
})
