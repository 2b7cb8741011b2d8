import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../faults/random.ts'
import { Broken } from './client.ts'
import type { Observer } from './observer.ts'
import type { Registry } from './registry.ts'

/** Milliseconds of load before a moment for a kill is looked for. */
const [shortest, longest] = [500, 3000]

/** Looks for a collection under way, for a while. */
async function waitForCollection(observer: Observer): Promise<void> {
  const end = Date.now() + 1000
  while (Date.now() < end) {
    const run = await observer.latest()
    if (run && run.finishedAt === undefined) return
  }
}

/** Kills the registry under load, inside of a collection if one is found, and starts it again. */
export async function killAgainAndAgain(
  { registry, observer, random }: { registry: Registry; observer: Observer; random: Random },
  kills: number,
  say: (line: string) => void,
): Promise<void> {
  for (let turn = 1; turn <= kills; turn++) {
    await delay(random.between(shortest, longest))
    await waitForCollection(observer).catch((error) => {
      if (!(error instanceof Broken)) throw error
    })
    await registry.kill()
    await registry.start()
    if (turn % 10 === 0) say(`${turn} kills`)
  }
}
