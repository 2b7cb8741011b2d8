import { ociImage, ociIndex } from '../../src/oci/media-types.ts'
import { contentFrom } from '../faults/content.ts'
import type { Random } from '../faults/random.ts'
import { type Content, contentOf, imageOf } from '../helpers/push.ts'

/** An image: what has to be there before its manifest. */
export interface Image {
  readonly manifest: Content
  readonly blobs: readonly Content[]
}

/** Images for several platforms, what is attested of each, and a signature of all. */
export interface Bundle {
  readonly index: Content
  readonly children: readonly Image[]
  /** Refers to the index. */
  readonly referrer?: Image
}

/**
 * Content of images: few enough that the same digests are pushed again and again, and each repository
 * (of that number) has its favourites, which are also some of others'.
 */
export interface Pool {
  image(repository: number, random: Random): Image
  bundle(repository: number, random: Random): Bundle
  /** The children of an index that was made here. */
  childrenOf(index: string): readonly string[]
}

const images = 240
const bundles = 24
const bases = 6
const layers = 400

/** Which digest → descriptor of an index entry. */
function indexOver(children: readonly Image[]): Content {
  const manifests = children.map(({ manifest: { digest, size } }, at) => ({
    mediaType: ociImage,
    digest,
    size,
    platform:
      at % 2 === 0
        ? { os: 'linux', architecture: ['amd64', 'arm64', 's390x'][at / 2] ?? 'riscv64' }
        : { os: 'unknown', architecture: 'unknown' },
  }))
  return contentOf(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }))
}

export function createPool(seed: number): Pool {
  const made = new Map<string, Content>()
  const madeImages = new Map<string, Image>()
  const madeBundles = new Map<number, Bundle>()
  const known = new Map<string, readonly string[]>()
  let fresh = 0

  function layer(label: string, random: Random): Content {
    const found = made.get(label)
    if (found) return found
    const size = random.chance(0.015) ? 1 << 20 : random.between(1 << 10, 1 << 15)
    const content = contentFrom(`${seed} ${label}`, size)
    made.set(label, content)
    return content
  }

  function build(label: string, chosen: readonly Content[], extra: object = {}): Image {
    const config = contentOf(JSON.stringify({ architecture: 'amd64', os: 'linux', label }))
    return { manifest: imageOf(config, chosen, extra), blobs: [config, ...chosen] }
  }

  /** The image of that number is always the same. */
  function numbered(number: number, random: Random): Image {
    const label = `image ${number}`
    const found = madeImages.get(label)
    if (found) return found
    const base = number % bases
    const chosen = [
      ...Array.from({ length: 1 + (base % 3) }, (_, at) => layer(`base ${base} ${at}`, random)),
      layer(`layer ${(number * 7) % layers}`, random),
      layer(`layer ${(number * 13 + 5) % layers}`, random),
    ]
    const image = build(label, [...new Set(chosen)])
    madeImages.set(label, image)
    return image
  }

  function makeBundle(number: number, random: Random): Bundle {
    const children = Array.from({ length: random.between(2, 3) }, (_, at) => {
      const image = numbered(((number * 5) % images) + at, random)
      const statement = layer(`attestation ${number} ${at}`, random)
      const extra = {
        annotations: { 'vnd.docker.reference.digest': image.manifest.digest },
      }
      return [image, build(`attestation ${number} ${at}`, [statement], extra)]
    }).flat()
    const index = indexOver(children)
    known.set(
      index.digest,
      children.map(({ manifest }) => manifest.digest),
    )
    if (number % 3 > 0) return { index, children }
    const { digest, size } = index
    const signature = layer(`signature ${number}`, random)
    const extra = {
      artifactType: 'application/vnd.example.signature',
      subject: { mediaType: ociIndex, digest, size },
    }
    return { index, children, referrer: build(`signature ${number}`, [signature], extra) }
  }

  return {
    image(repository, random) {
      const first = repository * (images / 16)
      if (random.chance(0.75)) return numbered((first + random.between(0, 39)) % images, random)
      fresh += 1
      const own = contentFrom(`${seed} fresh ${fresh}`, random.between(1 << 10, 1 << 14))
      const base = layer(`base ${random.between(0, bases - 1)} 0`, random)
      return build(`fresh ${fresh}`, [base, own])
    },
    bundle(repository, random) {
      const number = (repository * 2 + random.between(0, 4)) % bundles
      const found = madeBundles.get(number) ?? makeBundle(number, random)
      madeBundles.set(number, found)
      return found
    },
    childrenOf: (index) => known.get(index) ?? [],
  }
}
