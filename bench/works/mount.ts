import { randomBytes } from 'node:crypto'
import { asRate, runClient } from '../load/client.ts'
import { contentOf } from '../load/content.ts'
import { publishBlob } from '../load/publish.ts'
import type { Work } from '../work.ts'

const repository = 'team/base'

export const mount: Work = {
  name: 'mount',
  title: 'mount of a layer into a new repository',
  unit: '1/s',
  better: 'more',
  per: '1000 requests',
  needs: ['go'],
  writes: true,
  registriesOnly: true,
  async prepare(target, bench) {
    const blob = contentOf(randomBytes(4096))
    await publishBlob(target, repository, blob)
    const { host } = target
    const { mounts: count } = bench.scale
    const flags = { host, repository, digest: blob.digest, streams: 16, count }
    return async (round) => asRate(await runClient(bench, 'mount', { ...flags, seed: round }))
  },
}
