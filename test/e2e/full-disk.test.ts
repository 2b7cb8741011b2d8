import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { beginUpload, pushBlob } from '../helpers/e2e/blob.ts'
import { must } from '../helpers/e2e/command.ts'
import { curl } from '../helpers/e2e/curl.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(120_000)

const diskMebibytes = 48

const registry = await startRegistry(t)
await registry.stop()
const size = `size=${diskMebibytes}m`
await must('mount', ['-t', 'tmpfs', '-o', size, 'layerhouse-test', registry.root])
await registry.start()

const address = `${registry.url}/v2/team/app`
const small = randomBytes(1 << 20)
const digest = await pushBlob({ address }, small)
const large = join(await temporaryDirectory(t), 'large')
const content = randomBytes((diskMebibytes + 16) << 20)
await writeFile(large, content)

for (const method of ['PATCH', 'PUT']) {
  await t.test(`a ${method} that fills the disk is refused and gives its room back`, async (t) => {
    const location = await beginUpload({ address })
    const url = method === 'PUT' ? `${location}?digest=${sha256(content)}` : location
    const { status, body } = await curl('--request', method, '--upload-file', large, url)
    t.equal(status, 507)
    t.match(JSON.parse(body), { errors: [{ code: 'UNAVAILABLE', message: /disk is full; free/ }] })
    t.equal(await registry.uploadedBytes(), 0, 'nothing of it stays')
  })
}

await t.test('reading goes on, and so does writing, without a restart', async (t) => {
  const answer = await fetch(`${address}/blobs/${digest}`)
  t.equal(sha256(Buffer.from(await answer.arrayBuffer())), digest)
  const other = await pushBlob({ address }, randomBytes(1 << 20))
  t.equal((await fetch(`${address}/blobs/${other}`, { method: 'HEAD' })).status, 200)
  t.equal((await fetch(`${registry.url}/readyz`)).status, 200)
})
