import t from 'tap'
import { OciError } from '../../../src/oci/errors.ts'
import { readManifest } from '../../../src/oci/manifest.ts'
import { ociImage, ociIndex } from '../../../src/oci/media-types.ts'

const rounds = 20_000
const digest = `sha256:${'c'.repeat(64)}`
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 }
const documents = [
  { schemaVersion: 2, mediaType: ociImage, config, layers: [config], annotations: { a: 'b' } },
  { schemaVersion: 2, mediaType: ociIndex, manifests: [{ ...config, platform: { os: 'linux' } }] },
].map((document) => JSON.stringify(document))
const splices = [
  'null',
  '[]',
  '{}',
  '""',
  '-1',
  '1e999',
  '"\\u0000"',
  '{"',
  '\\',
  ',',
  '[[[[',
  'true',
]

t.test(`of ${rounds} damaged manifests each is read or refused, none fails`, async (t) => {
  let state = 42
  const dice = (sides: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % sides
  }
  let read = 0
  for (let round = 0; round < rounds; round++) {
    let text = documents[dice(2)] as string
    for (let changes = 1 + dice(3); changes > 0; changes--) {
      const from = dice(text.length)
      text = text.slice(0, from) + splices[dice(splices.length)] + text.slice(from + dice(12))
    }
    try {
      readManifest(Buffer.from(text), [undefined, ociImage, ociIndex][dice(3)])
      read++
    } catch (error) {
      if (!(error instanceof OciError)) t.fail(`${error} for ${text}`)
    }
  }
  t.ok(read > 0 && read < rounds / 2, `${read} could still be read`)
})
