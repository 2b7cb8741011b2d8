import { manifestType, smallImage } from '../load/content.ts'
import { publishImage } from '../load/publish.ts'
import { measureRequests } from '../load/requests.ts'
import type { Work } from '../work.ts'

const image = smallImage(5)
const name = 'team/app'
const tag = 'v1'

function readManifest(method: 'GET' | 'HEAD', by: 'tag' | 'digest'): Work {
  return {
    name: `manifest-${method.toLowerCase()}-${by}`,
    title: `manifest by ${by}, ${method}`,
    unit: '1/s',
    better: 'more',
    per: '1000 requests',
    needs: [method === 'GET' ? 'wrk' : 'go'],
    // To a server of files both are the same.
    registriesOnly: by === 'digest',
    async prepare(target, bench) {
      await publishImage(target, name, tag, image)
      const reference = by === 'tag' ? tag : image.manifest.digest
      return measureRequests(target, bench, {
        url: `${target.url}/v2/${name}/manifests/${reference}`,
        method,
        accept: manifestType,
        check: (body) => {
          if (!body.equals(image.manifest.bytes)) throw new Error(`other bytes: ${body}`)
        },
      })
    },
  }
}

export const manifestWorks: readonly Work[] = [
  ...[readManifest('GET', 'tag'), readManifest('GET', 'digest')],
  ...[readManifest('HEAD', 'tag'), readManifest('HEAD', 'digest')],
]
