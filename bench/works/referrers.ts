import type { Contender } from '../contenders/contender.ts'
import { type Content, contentOf, manifestType, smallImage } from '../load/content.ts'
import { publishBlob, publishImage, publishManifest } from '../load/publish.ts'
import { measureRequests } from '../load/requests.ts'
import { emptyConfig } from '../stores/many.ts'
import { numbers } from '../stores/names.ts'
import type { Target, Work } from '../work.ts'

const name = 'team/app'
const subject = smallImage(2)

/** Something that refers to the subject, such as a signature. */
function artifact(number: number): Content {
  const empty = {
    mediaType: 'application/vnd.oci.empty.v1+json',
    digest: emptyConfig.digest,
    size: emptyConfig.bytes.length,
  }
  return contentOf(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: 'application/vnd.example.signature',
      config: empty,
      layers: [empty],
      subject: {
        mediaType: manifestType,
        digest: subject.manifest.digest,
        size: subject.manifest.bytes.length,
      },
      annotations: { number: String(number) },
    }),
  )
}

async function publishReferrers(target: Target, count: number): Promise<void> {
  await publishImage(target, name, 'v1', subject)
  await publishBlob(target, name, emptyConfig)
  const queue = numbers(count).map(artifact)
  const work = async () => {
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
      await publishManifest(target, name, one.digest, one)
    }
  }
  await Promise.all(numbers(16).map(work))
}

function lackOf({ name }: Contender): string | undefined {
  const without = name === 'docker-registry' || name === 'distribution'
  return without ? 'has no referrers API' : undefined
}

export const referrers: Work = {
  name: 'referrers',
  title: 'referrers of an image with many',
  unit: '1/s',
  better: 'more',
  per: '1000 requests',
  needs: ['wrk'],
  registriesOnly: true,
  lacks: lackOf,
  async prepare(target, bench) {
    const { referrers: count } = bench.scale
    await publishReferrers(target, count)
    return measureRequests(target, bench, {
      url: `${target.url}/v2/${name}/referrers/${subject.manifest.digest}`,
      method: 'GET',
      accept: 'application/vnd.oci.image.index.v1+json',
      check: (body) => {
        const { length } = (JSON.parse(body.toString()) as { manifests: unknown[] }).manifests
        if (length !== count) throw new Error(`${length} referrers instead of ${count}`)
      },
    })
  },
}
