import { readdir, readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { pushBlob } from '../helpers/e2e/blob.ts'
import { layerhouse } from '../helpers/e2e/cli.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { type Layout, writeLayout } from '../helpers/e2e/layout.ts'
import { askManagement, awaitRuns } from '../helpers/e2e/management.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'
import { storedDigests } from '../helpers/e2e/stored.ts'

t.setTimeout(240_000)

const ociImage = 'application/vnd.oci.image.manifest.v1+json'
const ociIndex = 'application/vnd.oci.image.index.v1+json'
const grace = 2000

const registry = await startRegistry(t, {
  env: {
    LAYERHOUSE_GC_INTERVAL: '100ms',
    LAYERHOUSE_GC_GRACE: `${grace}ms`,
    LAYERHOUSE_HISTORY_KEEP: '1s',
  },
})
const directory = await temporaryDirectory(t)
const layout = await writeLayout(directory, { greeting: 'hello\n' })

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

function addressOf(name: string): string {
  return `${registry.url}/v2/${name}`
}

async function pushManifest(
  name: string,
  content: Readonly<Record<string, unknown>> & { readonly mediaType: string },
  tag?: string,
): Promise<Descriptor> {
  const body = JSON.stringify({ schemaVersion: 2, ...content })
  const { mediaType } = content
  const digest = sha256(body)
  const response = await fetch(`${addressOf(name)}/manifests/${tag ?? digest}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body,
  })
  if (response.status !== 201) throw new Error(`PUT of a manifest: ${response.status}`)
  return { mediaType, digest, size: Buffer.byteLength(body) }
}

async function pushDescribed(name: string, mediaType: string, text: string): Promise<Descriptor> {
  const content = Buffer.from(text)
  const digest = await pushBlob({ address: addressOf(name) }, content)
  return { mediaType, digest, size: content.length }
}

/** As BuildKit writes what it knows of how an image was built. */
async function pushAttestation(name: string, image: string) {
  const config = await pushDescribed(
    name,
    'application/vnd.oci.image.config.v1+json',
    `{"of":"${image}"}`,
  )
  const layer = await pushDescribed(name, 'application/vnd.in-toto+json', `{"about":"${image}"}`)
  const manifest = await pushManifest(name, { mediaType: ociImage, config, layers: [layer] })
  return {
    ...manifest,
    platform: { architecture: 'unknown', os: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image,
    },
  }
}

async function pushSignature(name: string, subject: Descriptor): Promise<Descriptor> {
  const config = await pushDescribed(name, 'application/vnd.oci.empty.v1+json', '{}')
  const layer = await pushDescribed(name, 'application/vnd.dev.sigstore', `of ${subject.digest}`)
  const artifactType = 'application/vnd.dev.sigstore.bundle'
  const fields = { mediaType: ociImage, artifactType, config, layers: [layer], subject }
  return pushManifest(name, fields)
}

interface Pushed {
  readonly index: string
  readonly images: readonly string[]
  readonly attestations: readonly string[]
  readonly signature: string
}

/** Two platforms by skopeo, an attestation for each, an index over all of it, and a signature. */
async function pushAll(name: string, { path, images }: Layout): Promise<Pushed> {
  const target = `docker://${registry.host}/${name}`
  for (const architecture of ['amd64', 'arm64']) {
    const place = `${target}:${architecture}`
    await skopeo('copy', '--dest-tls-verify=false', `oci:${path}:${architecture}`, place)
  }
  const entries = await Promise.all(
    images.map(async ({ digest }, at) => {
      const head = await fetch(`${addressOf(name)}/manifests/${digest}`)
      const size = (await head.arrayBuffer()).byteLength
      const platform = { architecture: ['amd64', 'arm64'][at], os: 'linux' }
      return { mediaType: ociImage, digest, size, platform }
    }),
  )
  const attestations = await Promise.all(images.map(({ digest }) => pushAttestation(name, digest)))
  const manifests = [...entries, ...attestations]
  const index = await pushManifest(name, { mediaType: ociIndex, manifests }, '1')
  const signature = await pushSignature(name, index)
  // From now on they are held by the index alone.
  for (const tag of ['amd64', 'arm64']) {
    const { status } = await fetch(`${addressOf(name)}/manifests/${tag}`, { method: 'DELETE' })
    if (status !== 202) throw new Error(`DELETE of ${tag}: ${status}`)
  }
  return {
    index: index.digest,
    images: images.map(({ digest }) => digest),
    attestations: attestations.map(({ digest }) => digest),
    signature: signature.digest,
  }
}

function manifestsOf({ index, images, attestations, signature }: Pushed): readonly string[] {
  return [index, ...images, ...attestations, signature]
}

async function statusOf(name: string, digest: string): Promise<number> {
  return (await fetch(`${addressOf(name)}/manifests/${digest}`, { method: 'HEAD' })).status
}

/** Pulls the tag whole by skopeo; gives the digests of all files it brought. */
async function pullWhole(t: Test, name: string): Promise<readonly string[]> {
  const target = await temporaryDirectory(t)
  const source = `docker://${registry.host}/${name}:1`
  const options = ['--all', '--preserve-digests', '--src-tls-verify=false']
  await skopeo('copy', ...options, source, `dir:${target}/image`)
  const files = (await readdir(`${target}/image`)).filter((file) => file !== 'version')
  return Promise.all(files.map(async (file) => sha256(await readFile(`${target}/image/${file}`))))
}

/** Waits for the last file to go, asking for none of it: whoever asks is promised the grace. */
async function seeAllGo(t: Test, name: string, pushed: Pushed): Promise<void> {
  const isEmpty = async () => (await storedDigests(registry.root)).length === 0
  t.ok(await within(60_000, isEmpty), 'no file is left')
  for (const digest of manifestsOf(pushed)) t.equal(await statusOf(name, digest), 404, digest)
}

await t.test('an image of many parts survives collections whole while it has a tag', async (t) => {
  const pushed = await pushAll('multi/app', layout)
  const before = await storedDigests(registry.root)
  t.equal(before.length, 9, 'a layer, two configs, two for each attestation, two of the signature')
  // Longer than any of it could wait.
  const begun = performance.now()
  await within(60_000, async () => {
    await awaitRuns(registry.url, 5)
    return performance.now() - begun > 4 * grace
  })
  t.same(await storedDigests(registry.root), before, 'no blob is gone')
  const digests = await pullWhole(t, 'multi/app')
  for (const digest of [pushed.index, ...pushed.images, ...pushed.attestations]) {
    t.ok(digests.includes(digest), `skopeo has ${digest}`)
  }
  t.equal(digests.length, 12, 'with the seven blobs of four images')
  const referrers = await fetch(`${addressOf('multi/app')}/referrers/${pushed.index}`)
  t.match(await referrers.json(), { manifests: [{ digest: pushed.signature }] })
  t.equal(await statusOf('multi/app', pushed.signature), 200)

  const { status } = await fetch(`${addressOf('multi/app')}/manifests/1`, { method: 'DELETE' })
  t.equal(status, 202)
  await seeAllGo(t, 'multi/app', pushed)
})

await t.test('a purge takes all of its parts after the grace alone', async (t) => {
  const pushed = await pushAll('multi/other', layout)
  const deletion = { repo: 'multi/other', tags: ['1'], purge: true }
  const { plan } = await askManagement<{ plan: { manifests: { digest: string }[] } }>(
    registry.url,
    'POST',
    '/deletions',
    deletion,
  )
  const gone = plan.manifests.map(({ digest }) => digest).sort()
  t.same(gone, [...manifestsOf(pushed)].sort(), 'it tells all that goes')
  await seeAllGo(t, 'multi/other', pushed)
})

await t.test('in the end nothing is wrong with the data', async (t) => {
  await registry.stop()
  const { code, stdout } = await layerhouse('check', '--quiet', '--root', registry.root)
  t.match({ code, stdout }, { code: 0, stdout: /^checked 0 blobs .*all is well/ })
})
