import { setTimeout as delay } from 'node:timers/promises'
import { publishLayer, startClient } from '../load/client.ts'
import { residentMemory } from '../process/meter.ts'
import type { Work } from '../work.ts'

const repository = 'team/app'
const sampleEvery = 100

/** Bytes held at each moment until `done` settles. */
async function watchMemory(pid: number, done: Promise<unknown>): Promise<readonly number[]> {
  const samples: number[] = []
  let ended = false
  const end = done.finally(() => {
    ended = true
  })
  end.catch(() => undefined)
  while (!ended) {
    samples.push(await residentMemory(pid))
    await delay(sampleEvery)
  }
  await end
  return samples
}

/** Many clients at once: what matters is that memory does not grow with what passes through. */
export const memory: Work = {
  name: 'memory',
  title: 'memory with a crowd of pulls and pushes',
  unit: 'MB',
  better: 'less',
  per: 'GB',
  needs: ['go'],
  rounds: 2,
  registriesOnly: true,
  async prepare(target, bench) {
    const { crowd, loadSeconds: seconds } = bench.scale
    const { bytes, pulls, pushes: streams } = crowd
    const digest = await publishLayer(target, bench, repository, bytes)
    const flags = { host: target.host, repository, digest, pulls, streams, bytes, seconds }
    return async (round) => {
      const { done } = startClient(bench, 'crowd', { ...flags, seed: round })
      const samples = await watchMemory(target.pid(), done)
      const { units } = JSON.parse(await done) as { units: number }
      const middle = Math.ceil(samples.length / 2)
      const early = Math.max(...samples.slice(0, middle)) / 1e6
      const late = Math.max(...samples.slice(middle)) / 1e6
      return {
        value: Math.max(early, late),
        amount: units / 1e9,
        details: {
          'MB in the first half': early,
          'MB in the second half': late,
          'second half / first half': late / early,
          'MB/s meanwhile': units / 1e6 / seconds,
        },
      }
    }
  },
}
