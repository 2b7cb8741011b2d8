import { type ClientResult, publishLayer, runClient, startClient } from '../load/client.ts'
import { manifestType, smallImage } from '../load/content.ts'
import { publishImage } from '../load/publish.ts'
import type { Work } from '../work.ts'

const repository = 'team/app'
const tag = 'v1'

/** A small request beside big ones: does anybody wait for whole layers? */
export const latency: Work = {
  name: 'latency',
  title: 'manifest by tag beside 8 pushes and 8 pulls, p99',
  unit: 'ms',
  better: 'less',
  needs: ['go'],
  rounds: 3,
  registriesOnly: true,
  async prepare(target, bench) {
    const { sharedLayer: bytes, loadSeconds: seconds } = bench.scale
    const image = smallImage(5)
    await publishImage(target, repository, tag, image)
    const digest = await publishLayer(target, bench, repository, bytes)
    const { host } = target
    const load = { host, repository, digest, bytes, pulls: 8, streams: 8, seconds }
    const path = `/v2/${repository}/manifests/${tag}`
    const probe = { host, path, accept: manifestType, bytes: image.manifest.bytes.length, seconds }
    return async (round) => {
      const crowd = startClient(bench, 'crowd', { ...load, seed: round })
      const [probed, output] = await Promise.all([runClient(bench, 'latency', probe), crowd.done])
      const moved = JSON.parse(output) as ClientResult
      return {
        value: probed.p99,
        amount: probed.units / 1000,
        details: {
          'p50 ms': probed.p50,
          'p99 ms': probed.p99,
          'max ms': probed.max,
          'MB/s meanwhile': moved.units / 1e6 / moved.seconds,
        },
      }
    }
  },
}
