import t from 'tap'
import { platformEntries } from '../../../src/oci/index-entries.ts'
import { manifestKind } from '../../../src/oci/manifest-kind.ts'
import { dockerImage, dockerList, ociImage, ociIndex } from '../../../src/oci/media-types.ts'
import { referrerKind } from '../../../src/oci/referrer-kind.ts'

t.test('a manifest is an index by its type, and an image by its config', async (t) => {
  const cases = [
    [ociIndex, undefined, 'index'],
    [dockerList, undefined, 'index'],
    [ociIndex, 'application/vnd.example', 'index'],
    [ociImage, 'application/vnd.oci.image.config.v1+json', 'image'],
    [dockerImage, 'application/vnd.docker.container.image.v1+json', 'image'],
    [ociImage, 'application/vnd.cncf.helm.config.v1+json', 'artifact'],
    [ociImage, 'application/vnd.oci.empty.v1+json', 'artifact'],
    [ociImage, undefined, 'artifact'],
  ] as const
  for (const [mediaType, artifactType, kind] of cases) {
    t.equal(manifestKind(mediaType, artifactType), kind, `${mediaType} ${artifactType}`)
  }
})

t.test('a referrer is told by its artifact type', async (t) => {
  const cases = {
    'application/vnd.dev.cosign.artifact.sig.v1+json': 'signature',
    'application/vnd.cncf.notary.signature': 'signature',
    'application/vnd.dev.sigstore.bundle.v0.3+json': 'signature',
    'application/vnd.dev.cosign.artifact.sbom.v1+json': 'sbom',
    'application/spdx+json': 'sbom',
    'text/spdx': 'sbom',
    'application/vnd.cyclonedx+json': 'sbom',
    'application/vnd.syft+json': 'sbom',
    'application/vnd.in-toto+json': 'attestation',
    'application/vnd.dev.cosign.artifact.att.v1+json': 'attestation',
    'application/vnd.dsse.envelope.v1+json': 'attestation',
    'application/vnd.oci.image.config.v1+json': 'other',
    'application/vnd.example.report': 'other',
    '': 'other',
  }
  for (const [type, kind] of Object.entries(cases)) t.equal(referrerKind(type), kind, type)
})

const digest = (letter: string) => `sha256:${letter.repeat(64)}`

function entriesOf(manifests: unknown) {
  return platformEntries(Buffer.from(JSON.stringify({ manifests })))
}

t.test('the platforms of an index are those an image can run on', async (t) => {
  const listed = [
    { digest: digest('a'), platform: { os: 'linux', architecture: 'amd64' } },
    { digest: digest('b'), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
    { digest: digest('c'), platform: { os: 'windows', architecture: 'amd64', variant: '' } },
    { digest: digest('d'), platform: { os: 'unknown', architecture: 'unknown' } },
    { digest: digest('e') },
    { digest: digest('f'), platform: null },
    { digest: digest('0'), platform: { os: 7, architecture: 'amd64' } },
    { digest: 'nonsense', platform: { os: 'linux', architecture: 'amd64' } },
  ]
  t.same(entriesOf(listed), [
    { platform: 'linux/amd64', digest: digest('a') },
    { platform: 'linux/arm/v7', digest: digest('b') },
    { platform: 'windows/amd64', digest: digest('c') },
  ])
  for (const nothing of [undefined, null, []]) t.same(entriesOf(nothing), [])
})
