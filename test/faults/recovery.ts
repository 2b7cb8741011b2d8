import { setTimeout as delay } from 'node:timers/promises'
import { contentFrom } from './content.ts'
import { Broken, Silent } from './http.ts'
import type { Random } from './random.ts'
import type { Server } from './server.ts'
import type { Counter } from './tally.ts'
import { verify } from './verify.ts'
import { verifyDisk } from './verify-disk.ts'
import type { World } from './world.ts'

/** What is promised for a start, milliseconds. */
const startLimit = 5000
/** Longer than promised, to tell slow from never. */
const patience = 30_000

/** The last lines a server printed. */
function lastWords(server: Server): string {
  return server.log().trim().split('\n').slice(-3).join('\n')
}

/** Starts a server that has to be ready in time. `undefined` if it never was; it is gone then. */
export async function startAgain(world: World, counter: Counter): Promise<Server | undefined> {
  world.hangUp()
  const server = world.start()
  const taken = await server.ready(patience)
  if (taken === undefined) {
    await server.kill()
    world.fail('stuck', `the server did not become ready again: ${lastWords(server)}`)
    return undefined
  }
  counter.started(taken)
  if (taken > startLimit) world.fail('stuck', `the server was ready after ${Math.round(taken)} ms`)
  return server
}

/** Whether something can be pushed within 3 s, without a restart: the registry may look for room first. */
export async function healed({ http }: World): Promise<boolean> {
  const { digest, bytes: body } = contentFrom('a push to see whether it works', 65_536)
  const end = performance.now() + 3000
  while (performance.now() < end) {
    const path = `/v2/probes/blobs/uploads/?digest=${digest}`
    const { status } = await http.send('POST', path, { type: 'application/octet-stream', body })
    if (status === 201) return true
    await delay(100)
  }
  return false
}

export interface RecoveryOptions {
  readonly counter: Counter
  readonly random: Random
  /** Looks at everything there is. */
  readonly complete: boolean
}

/** Looks through a running server; a server that fails meanwhile is a failure. */
export async function verifyRunning(world: World, options: RecoveryOptions): Promise<void> {
  try {
    await verify(world, options)
  } catch (error) {
    if (!(error instanceof Broken || error instanceof Silent)) throw error
    world.fail('stuck', `after the fault: ${error.message}`)
  }
}

/**
 * What has to hold after any fault: the server starts in time, shows what the model allows, stops,
 * and leaves a sound data directory. Failures are the world's; no server runs afterwards.
 */
export async function recover(world: World, options: RecoveryOptions): Promise<void> {
  const server = await startAgain(world, options.counter)
  if (server === undefined) return
  await verifyRunning(world, options)
  const { code, signal } = await server.stop()
  if (code !== 0)
    world.fail('stuck', `the server ended with ${code ?? signal}: ${lastWords(server)}`)
  await verifyDisk(world, options)
}
