import { join } from 'node:path'
import t from 'tap'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { seedLists } from '../helpers/seed-lists.ts'

t.setTimeout(120_000)

const count = 100_000
const boundMs = 10

const registry = await startRegistry(t)
await registry.stop()
seedLists(join(registry.root, 'metadata.db'), count)
await registry.start()

/** Milliseconds from request to the last byte, the median of many. */
async function median(url: string): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 51; round++) {
    const begun = performance.now()
    await (await fetch(url)).arrayBuffer()
    times.push(performance.now() - begun)
  }
  return times.sort((a, b) => a - b)[25] as number
}

const pages = {
  'a catalog page': ['/v2/_catalog?n=100&last=team/app-049999', 'team/app-050000'],
  'a tags page': ['/v2/team/app-000000/tags/list?n=100&last=v049999', 'v050000'],
} as const

for (const [title, [path, first]] of Object.entries(pages)) {
  t.test(`${title} in the middle of ${count} takes less than ${boundMs} ms`, async (t) => {
    const answer = (await (await fetch(registry.url + path)).json()) as {
      repositories?: string[]
      tags?: string[]
    }
    const items = answer.repositories ?? answer.tags ?? []
    t.equal(items.length, 100)
    t.equal(items[0], first)
    const time = await median(registry.url + path)
    t.comment(`median ${time.toFixed(2)} ms`)
    t.ok(time < boundMs, `median ${time.toFixed(2)} ms`)
  })
}
