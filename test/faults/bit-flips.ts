import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { flipBit } from '../helpers/damage.ts'
import { run } from '../helpers/e2e/command.ts'
import { mainPath } from '../helpers/e2e/flavour.ts'
import type { Kind } from './kind.ts'
import { type Lane, runLanes } from './lanes.ts'
import { runLoad } from './load/load.ts'
import { createRandom, type Random } from './random.ts'
import { recover, startAgain } from './recovery.ts'
import { readStoredBlobs, type StoredBlob } from './stored-blobs.ts'
import { type Counter, createCounter, type Tally } from './tally.ts'
import { createWorld, type World } from './world.ts'

/** A blob in whose file one bit was turned over. */
interface Flip extends StoredBlob {
  readonly bit: number
  /** What was in the file before. */
  readonly bytes: Buffer
}

const loadTime = 1500
const flipsPerRound = 50
/** Milliseconds until the background check has to have found all. */
const scrubPatience = 20_000

/** Runs the server with a background check that is always at work. */
const scrubbing = [
  'env',
  'LAYERHOUSE_INTEGRITY_SCRUB_INTERVAL=1s',
  'LAYERHOUSE_INTEGRITY_SCRUB_RATE=1GiB',
]

/** How spoiled blobs are found; each round takes the next. */
const finders = { check, reads, scrub } as const
type Finder = keyof typeof finders

function flipSome(world: World, random: Random, wanted: number): Promise<Flip[]> {
  const candidates = readStoredBlobs(world.options.root).filter(({ size }) => size > 0)
  const chosen: StoredBlob[] = []
  while (chosen.length < wanted && candidates.length > 0) {
    chosen.push(...candidates.splice(random.between(0, candidates.length - 1), 1))
  }
  return Promise.all(
    chosen.map(async (blob) => {
      const bytes = await readFile(blob.path)
      const bit = random.between(0, 8 * blob.size - 1)
      flipBit(blob.path, bit)
      return { ...blob, bit, bytes }
    }),
  )
}

function blobPath({ repository, digest }: StoredBlob): string {
  return `/v2/${repository}/blobs/${digest}`
}

interface Report {
  readonly findings: readonly {
    readonly what: string
    readonly problem: string
    readonly digest?: string
  }[]
}

/** `layerhouse check` finds exactly these, and `--repair` takes them out of use. */
async function check(world: World, flips: readonly Flip[]): Promise<ReadonlySet<string>> {
  const { root } = world.options
  const command = async (...flags: string[]) => {
    const args = [mainPath, 'check', '--json', '--root', root, ...flags]
    const { code, stdout, stderr } = await run(process.execPath, args)
    if (code !== 1) world.fail('stuck', `check ended with ${code}: ${stderr}`)
    return (JSON.parse(stdout) as Report).findings
  }
  const findings = await command()
  const digests = new Set(flips.map(({ digest }) => digest))
  for (const { what, problem, digest } of findings) {
    if (problem === 'wrong content' && digests.has(digest ?? '')) continue
    world.fail('corrupt', `check found ${what} ${digest ?? ''}: ${problem}, which nobody spoiled`)
  }
  await command('--repair')
  return new Set(findings.map(({ digest = '' }) => digest))
}

/** A pull never ends well, and afterwards the blob is unknown. */
async function reads(world: World, flips: readonly Flip[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const server = world.start()
  await server.ready(30_000)
  for (const flip of flips) {
    const answer = await world.http.send('GET', blobPath(flip)).catch(() => undefined)
    if (answer?.status === 200 && answer.whole) {
      world.fail('corrupt', `${blobPath(flip)} was served with bit ${flip.bit} turned over`)
    } else if (await isUnknown(world, flip, 2000)) found.add(flip.digest)
  }
  await server.stop()
  world.hangUp()
  return found
}

/** The background check of a running server finds them all. */
async function scrub(world: World, flips: readonly Flip[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const server = world.start(scrubbing)
  await server.ready(30_000)
  const end = performance.now() + scrubPatience
  for (const flip of flips) {
    if (await isUnknown(world, flip, end - performance.now())) found.add(flip.digest)
  }
  await server.stop()
  world.hangUp()
  return found
}

async function isUnknown(world: World, flip: Flip, patience: number): Promise<boolean> {
  const end = performance.now() + patience
  for (;;) {
    const answer = await world.http.send('HEAD', blobPath(flip))
    if (answer.status === 404) return true
    if (performance.now() > end) return false
    await delay(20)
  }
}

/** Pushes again what was spoiled; from then on all is as if nothing had happened. */
async function heal(world: World, flips: readonly Flip[], counter: Counter): Promise<void> {
  const server = await startAgain(world, counter)
  for (const flip of flips) {
    const before = await world.http.send('HEAD', blobPath(flip))
    if (before.status !== 404) world.fail('corrupt', `${blobPath(flip)} is still offered`)
    const path = `/v2/${flip.repository}/blobs/uploads/?digest=${flip.digest}`
    const pushed = await world.http.send('POST', path, { body: flip.bytes })
    const pulled = await world.http.send('GET', blobPath(flip))
    if (pushed.status === 201 && pulled.whole && pulled.body.equals(flip.bytes)) continue
    world.fail('stuck', `${blobPath(flip)} is not healed by a push: ${pushed.status}`)
  }
  await server?.stop()
  world.hangUp()
}

async function runRound(world: World, counter: Counter, random: Random, flips: number, n: number) {
  const server = world.start()
  await server.ready(30_000)
  await runLoad(world, { duration: loadTime, server, label: `round ${n}` })
  await server.stop()
  world.hangUp()
  const names = Object.keys(finders) as Finder[]
  const finder = names[n % names.length] as Finder
  const planted = await flipSome(world, random, flips)
  const found = await finders[finder](world, planted)
  const missed = planted.filter(({ digest }) => !found.has(digest))
  for (const { digest, bit } of missed) {
    world.fail('corrupt', `bit ${bit} of ${digest} was not found by ${finder}`)
  }
  await heal(world, planted, counter)
  return { finder, planted: planted.length }
}

async function runLane({ cases, seed, directory, say }: Lane): Promise<Tally> {
  const counter = createCounter()
  const world = await createWorld({
    root: join(directory, 'root'),
    seed,
    // Only where it is what is tried does the background check run.
    env: { LAYERHOUSE_INTEGRITY_SCRUB_INTERVAL: '0' },
  })
  const random = createRandom(seed).fork('bits')
  for (let done = 0, round = 0; done < cases; round++) {
    const wanted = Math.min(flipsPerRound, cases - done)
    const { finder, planted } = await runRound(world, counter, random, wanted, round)
    done += planted
    await recover(world, { counter, random, complete: done >= cases })
    const fault = `${planted} bits turned over before round ${round}, looked for by ${finder}`
    const failures = world.takeFailures()
    for (const { harm, what } of failures) say(`${fault}, seed ${seed}: ${harm}: ${what}`)
    counter.add({ fault, seed }, failures)
    for (let more = 1; more < planted; more++) counter.add({ fault, seed }, [])
  }
  world.hangUp()
  counter.acknowledged(world.model.acknowledged())
  return counter.tally()
}

/** Bits that turn over on the disk: each has to be found, never served, and healed by a push. */
export const bitFlips: Kind = {
  name: 'bit-flips',
  cases: 60,
  lacks: () => false,
  run: (options) => runLanes(options, runLane),
}
