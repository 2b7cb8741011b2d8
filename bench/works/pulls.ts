import { asThroughput, publishLayer, runClient } from '../load/client.ts'
import type { Work } from '../work.ts'

const repository = 'team/app'

function pullLayer(name: string, title: string, streams: number): Work {
  return {
    name,
    title,
    unit: 'MB/s',
    better: 'more',
    per: 'GB',
    needs: ['go'],
    async prepare(target, bench) {
      const bytes = bench.scale.layer
      const digest = await publishLayer(target, bench, repository, bytes)
      const { host } = target
      const flags = { host, repository, digest, streams, bytes }
      return async () => asThroughput(await runClient(bench, 'pull', flags))
    },
  }
}

export const pullWorks: readonly Work[] = [
  pullLayer('pull-1', 'pull, 1 stream', 1),
  pullLayer('pull-16', 'pull, 16 streams', 16),
]
