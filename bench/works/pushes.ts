import { asRate, asThroughput, runClient } from '../load/client.ts'
import type { Scale } from '../scale.ts'
import type { Work } from '../work.ts'

/** Bytes of each stream. */
const warmUp = 8_000_000

function pushLayers(
  work: Pick<Work, 'name' | 'title'>,
  streams: number,
  size: (scale: Scale) => number,
): Work {
  return {
    ...work,
    unit: 'MB/s',
    better: 'more',
    per: 'GB',
    needs: ['go'],
    writes: true,
    registriesOnly: true,
    prepare:
      async ({ host }, bench) =>
      async (round) => {
        const flags = { host, streams, bytes: size(bench.scale), seed: round }
        return asThroughput(await runClient(bench, 'push', flags))
      },
    // Else the disk's cache takes memory nobody had before, which is slow on virtual machines, and
    // who comes first pays for it. The small push makes a server warm that has just begun.
    async before(target, bench) {
      await target.renew()
      const { host } = target
      await runClient(bench, 'push', { host, streams, bytes: warmUp, seed: 'warm' })
    },
  }
}

const pushImages: Work = {
  name: 'images',
  title: 'push of small images, 16 at once',
  unit: '1/s',
  better: 'more',
  per: '1000 images',
  needs: ['go'],
  writes: true,
  registriesOnly: true,
  async prepare({ host }, bench) {
    const push = (seed: string | number) =>
      runClient(bench, 'images', { host, streams: 16, count: bench.scale.images, seed })
    // A server that has just begun compiles what it runs; what counts is one that has run for a while.
    await push('warm')
    return async (round) => asRate(await push(round))
  },
}

export const pushWorks: readonly Work[] = [
  pushLayers({ name: 'push-1', title: 'push, 1 stream' }, 1, ({ layer }) => layer),
  pushLayers({ name: 'push-8', title: 'push, 8 streams' }, 8, ({ sharedLayer }) => sharedLayer),
  pushImages,
]
