import { rm } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { beginUpload, endUpload, pushBlob, writeKeyStream } from '../helpers/e2e/blob.ts'
import { must } from '../helpers/e2e/command.ts'
import { sha256OfFile } from '../helpers/e2e/digest.ts'
import { peakMemory } from '../helpers/e2e/procfs.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(300_000)

const size = 2 * 1024 ** 3
const allowedMebibytes = 150

const registry = await startRegistry(t)
const directory = await temporaryDirectory(t)
const address = `${registry.url}/v2/big/layer`
const source = `${directory}/layer`
await writeKeyStream(source, size)
const digest = await sha256OfFile(source)

async function checkMemory(t: Test, after: string): Promise<void> {
  const peak = Math.round(await peakMemory(registry.pid()))
  t.comment(`peak memory after ${after}: ${peak} MiB`)
  t.ok(peak < allowedMebibytes, `${peak} MiB is under ${allowedMebibytes}`)
}

await t.test('a layer of 2 GiB is pushed in bounded memory', async (t) => {
  const location = await beginUpload({ address })
  const sent = await must(
    'curl',
    [
      ...['--silent', '--show-error', '--request', 'PATCH', '--upload-file', source],
      ...['--header', 'Content-Type: application/octet-stream', '--output', '/dev/null'],
      ...['--write-out', '%{http_code} %header{location}', location],
    ],
    { timeout: 120_000 },
  )
  const [status, next] = sent.stdout.split(' ')
  t.equal(status, '202')
  await endUpload(new URL(next ?? '', registry.url).href, digest)
  await checkMemory(t, 'the push')
})

await t.test('it is pulled as part of an image in bounded memory', async (t) => {
  await rm(source)
  const config = Buffer.from('{"architecture":"amd64","os":"linux"}')
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await pushBlob({ address }, config),
      size: config.length,
    },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size }],
  }
  const { status } = await fetch(`${address}/manifests/1`, {
    method: 'PUT',
    headers: { 'content-type': manifest.mediaType },
    body: JSON.stringify(manifest),
  })
  t.equal(status, 201)
  const pulled = `${directory}/pulled`
  const image = `docker://${registry.host}/big/layer:1`
  await skopeo('copy', '--src-tls-verify=false', image, `dir:${pulled}`)
  t.equal(await sha256OfFile(`${pulled}/${digest.slice('sha256:'.length)}`), digest)
  await checkMemory(t, 'the pull')
})
