import { type Content, contentOf, manifestType } from '../load/content.ts'
import { numbers } from './names.ts'

export const emptyConfig = contentOf('{}')

/** Manifests of which no two are equal, made one at a time. */
export function* manyManifests(count: number): Generator<Content> {
  const { digest, bytes } = emptyConfig
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: bytes.length }
  for (const number of numbers(count)) {
    const annotations = { number: String(number) }
    yield contentOf(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config,
        layers: [config],
        annotations,
      }),
    )
  }
}
