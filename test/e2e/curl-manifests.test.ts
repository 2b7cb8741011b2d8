import t from 'tap'
import { curl } from '../helpers/e2e/curl.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { writeFiles } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(60_000)

const registry = await startRegistry(t)
const directory = await temporaryDirectory(t)
const repository = `${registry.url}/v2/by/hand`
const ociImage = 'application/vnd.oci.image.manifest.v1+json'
const ociIndex = 'application/vnd.oci.image.index.v1+json'
const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 }
const image = { schemaVersion: 2, mediaType: ociImage, config: empty, layers: [empty] }

/** PUT of a manifest made of `fields`; gives the answer and the digest of the bytes. */
async function put(reference: string, fields: object) {
  const text = JSON.stringify(fields, null, 1)
  const digest = sha256(text)
  await writeFiles(directory, { manifest: text })
  const answer = await curl(
    ...['--request', 'PUT', '--header', `Content-Type: ${ociImage}`],
    ...['--data-binary', `@${directory}/manifest`],
    `${repository}/manifests/${reference.replace('DIGEST', digest)}`,
  )
  return { ...answer, text, digest }
}

async function listTags(): Promise<readonly string[]> {
  const { body } = await curl(`${repository}/tags/list`)
  return (JSON.parse(body) as { tags: string[] }).tags
}

const accept = ['--header', `Accept: ${ociImage}`]

await writeFiles(directory, { empty: '{}' })
const upload = await curl('--request', 'POST', `${repository}/blobs/uploads/`)
const location = new URL(upload.headers.get('location') ?? '', registry.url)
location.searchParams.set('digest', empty.digest)
await curl(
  ...['--request', 'PUT', '--header', 'Content-Type: application/octet-stream'],
  ...['--data-binary', `@${directory}/empty`, location.href],
)

await t.test('a manifest comes back byte for byte', async (t) => {
  const { status, text, digest } = await put('1', image)
  t.equal(status, 201)
  const answer = await curl(...accept, `${repository}/manifests/1`)
  t.equal(answer.body, text)
  t.equal(answer.headers.get('content-type'), ociImage)
  t.equal(answer.headers.get('docker-content-digest'), digest)
  const head = await curl('--head', ...accept, `${repository}/manifests/${digest}`)
  t.equal(head.status, 200)
  t.equal(head.headers.get('content-length'), String(Buffer.byteLength(text)))
})

await t.test('one PUT by digest sets several tags', async (t) => {
  const { status, headers, digest } = await put('DIGEST?tag=a&tag=b', {
    ...image,
    annotations: { note: 'tags' },
  })
  t.equal(status, 201)
  t.same(headers.get('oci-tag')?.split(', ').sort(), ['a', 'b'])
  t.same(await listTags(), ['1', 'a', 'b'])
  for (const tag of ['a', 'b']) {
    const { headers } = await curl('--head', ...accept, `${repository}/manifests/${tag}`)
    t.equal(headers.get('docker-content-digest'), digest)
  }
})

await t.test('a manifest whose layer is missing is refused by name', async (t) => {
  const missing = { ...empty, digest: sha256('never pushed'), size: 12 }
  const { status, body } = await put('broken', { ...image, layers: [missing] })
  t.equal(status, 400)
  t.match(JSON.parse(body), { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] })
  t.match(body, missing.digest)
  t.equal((await curl('--head', ...accept, `${repository}/manifests/broken`)).status, 404)
})

await t.test('referrers of an image are listed and filtered by type', async (t) => {
  const { digest: subject, text } = await put('1', image)
  const descriptor = { mediaType: ociImage, digest: subject, size: Buffer.byteLength(text) }
  const attach = (artifactType: string) =>
    put('DIGEST', { ...image, artifactType, subject: descriptor })
  const signature = await attach('application/vnd.example.signature')
  const sbom = await attach('application/vnd.example.sbom')
  t.equal(signature.headers.get('oci-subject'), subject)
  const address = `${repository}/referrers/${subject}`
  const all = await curl(address)
  t.equal(all.headers.get('content-type'), ociIndex)
  const digests = (body: string) =>
    (JSON.parse(body) as { manifests: { digest: string }[] }).manifests.map((entry) => entry.digest)
  t.same(digests(all.body).sort(), [signature.digest, sbom.digest].sort())
  const some = await curl(`${address}?artifactType=application/vnd.example.sbom`)
  t.same(digests(some.body), [sbom.digest])
  t.equal(some.headers.get('oci-filters-applied'), 'artifactType')
})

await t.test(
  'deleting by tag keeps the manifest, deleting by digest removes all its tags',
  async (t) => {
    const { headers } = await curl('--head', ...accept, `${repository}/manifests/a`)
    const digest = headers.get('docker-content-digest') ?? ''
    const remove = (reference: string) =>
      curl('--request', 'DELETE', `${repository}/manifests/${reference}`)
    const status = async (reference: string) =>
      (await curl('--head', ...accept, `${repository}/manifests/${reference}`)).status
    t.equal((await remove('a')).status, 202)
    t.same([await status('a'), await status('b'), await status(digest)], [404, 200, 200])
    t.equal((await remove(digest)).status, 202)
    t.same([await status('b'), await status(digest)], [404, 404])
    t.equal((await remove(digest)).status, 404)
    t.same(await listTags(), ['1'])
  },
)
