import { randomBytes } from 'node:crypto'
import { contentOf } from '../load/content.ts'
import { publishBlob } from '../load/publish.ts'
import { measureRequests } from '../load/requests.ts'
import type { Work } from '../work.ts'

const name = 'team/app'

function readBlob(
  work: Pick<Work, 'name' | 'title' | 'registriesOnly'>,
  method: 'GET' | 'HEAD',
): Work {
  return {
    ...work,
    unit: '1/s',
    better: 'more',
    per: '1000 requests',
    needs: [method === 'GET' ? 'wrk' : 'go'],
    async prepare(target, bench) {
      const blob = contentOf(randomBytes(4096))
      await publishBlob(target, name, blob)
      return measureRequests(target, bench, {
        url: `${target.url}/v2/${name}/blobs/${blob.digest}`,
        method,
        accept: '*/*',
        check: (body) => {
          if (!body.equals(blob.bytes)) throw new Error('other bytes')
        },
      })
    },
  }
}

export const smallBlobWorks: readonly Work[] = [
  readBlob({ name: 'blob-small', title: 'blob of 4 KiB, GET' }, 'GET'),
  readBlob({ name: 'blob-check', title: 'is a layer there? (HEAD)', registriesOnly: true }, 'HEAD'),
]
