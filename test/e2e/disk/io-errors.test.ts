import t, { type Test } from 'tap'
import { within } from '../../helpers/e2e/daemon.ts'
import { tmpfs } from '../../helpers/e2e/disk.ts'
import { type Fault, inject } from '../../helpers/e2e/fault.ts'
import { type Registry, startRegistry } from '../../helpers/e2e/registry.ts'
import { type Reply, type Scene, type Step, setScene } from './steps.ts'

t.setTimeout(120_000)

const opened = 'openat'
const written = 'pwrite64,pwritev'
const renamed = '?rename,?renameat,?renameat2'
const synced = 'fsync,fdatasync'

/** In memory, for speed: what fails here are calls, not devices. */
/** Calls fail in one process, so that one answers all. */
const env = { LAYERHOUSE_HTTP_WORKERS: '1' }
const startOnTmpfs = (t: Test) => startRegistry(t, { env, prepare: tmpfs('size=256m') })

/** SQLite's WAL. */
const metadata = 'metadata.db-wal'

interface Case {
  readonly fault: Omit<Fault, 'path'>
  /** Only calls on this path below the root. */
  readonly path?: string
  readonly status: number
  readonly message: RegExp
  readonly retryAfter?: string
  /** Whether the registry refuses writes of this kind until it is started anew. */
  readonly lasts?: boolean
}

const errors = { status: 503, message: /disk reports errors: .* check the disk, then restart/ }
const readOnly = { status: 503, message: /disk is read-only: content can be pulled/ }
const full = { status: 507, message: /disk has no room for this: [\d.]+ [A-Z]i?B? ?.*are free/ }
const quota = { status: 507, message: /quota on its disk is used up/ }
const files = { status: 503, message: /too many files open/, retryAfter: '1' }

const cases: readonly Case[] = [
  { fault: { calls: synced, effect: 'error=EIO' }, ...errors, lasts: true },
  { fault: { calls: 'fdatasync', effect: 'error=EIO' }, ...errors },
  { fault: { calls: 'fsync', effect: 'error=EIO' }, path: metadata, ...errors, lasts: true },
  { fault: { calls: 'fsync', effect: 'error=EIO' }, path: 'blobs', ...errors, lasts: true },
  { fault: { calls: 'fsync', effect: 'error=ENOSPC' }, path: 'blobs', ...errors, lasts: true },
  { fault: { calls: written, effect: 'error=EIO' }, ...errors },
  { fault: { calls: written, effect: 'error=EIO' }, path: metadata, ...errors },
  { fault: { calls: renamed, effect: 'error=EIO' }, ...errors },
  { fault: { calls: opened, effect: 'error=EIO' }, ...errors },
  { fault: { calls: opened, effect: 'error=EMFILE' }, ...files },
  { fault: { calls: written, effect: 'error=ENOSPC' }, ...full },
  { fault: { calls: 'pwritev,fdatasync', effect: 'error=EDQUOT' }, ...quota },
  { fault: { calls: `${renamed},pwritev`, effect: 'error=EROFS' }, ...readOnly },
]

interface Tried {
  readonly step: Step
  readonly reply: Reply
  /** Calls that failed meanwhile. */
  readonly failed: number
}

/** A step's answer against what happened to the disk meanwhile. */
function judge(t: Test, { step, reply, failed }: Tried, expected: Case): void {
  const { status, message, retryAfter = null } = expected
  const { name } = step
  if (reply.status < 300) {
    // Its bytes are gone, which is all that matters of it on a full disk; its row goes later.
    if (status === 507 && name === 'DELETE of an upload') return
    t.equal(failed, 0, `${name} is answered ${reply.status}: no call may have failed`)
    return
  }
  t.equal(reply.status, status, `${name}: ${reply.text}`)
  t.equal(reply.retryAfter, retryAfter, name)
  t.match(JSON.parse(reply.text), { errors: [{ code: 'UNAVAILABLE', message }] }, name)
  t.notMatch(reply.text, /layerhouse-e2e|SQLITE|INSERT/, 'no path, no SQL')
}

/** What is acknowledged is done; what is refused is done wholly or not at all, or `isDone` throws. */
async function checkOutcome(t: Test, tried: readonly Tried[]): Promise<void> {
  for (const { step, reply } of tried) {
    const done = await step.isDone()
    t.ok(done || reply.status >= 500, `${step.name} was answered ${reply.status}`)
  }
}

async function tryAll(scene: Scene, failedCalls: () => Promise<number>): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  for (const step of scene.steps) {
    const before = await failedCalls()
    const reply = await step.run()
    tried.push({ step, reply, failed: (await failedCalls()) - before })
  }
  return tried
}

/** Makes the disk fail, tries every step, and looks at the answers and at what can be read. */
async function failOnce(t: Test, registry: Registry, name: string, expected: Case) {
  const { fault, path } = expected
  const scene = await setScene(registry, name)
  const injection = await inject(t, registry.pid(), {
    ...fault,
    ...(path === undefined ? {} : { path: `${registry.root}/${path}` }),
  })
  const failedCalls = async () =>
    (await injection.trace()).filter((line) => line.includes('(INJECTED)')).length
  const tried = await tryAll(scene, failedCalls)
  await injection.end()
  for (const one of tried) judge(t, one, expected)
  t.ok(
    tried.some(({ reply }) => reply.status >= 500),
    'something failed',
  )
  await scene.checkReads(t)
  return { scene, tried }
}

async function checkWrites(t: Test, registry: Registry, name: string): Promise<void> {
  const { steps } = await setScene(registry, name)
  for (const step of steps) {
    t.ok((await step.run()).status < 300, `${step.name} works`)
    t.ok(await step.isDone(), `${step.name} is done`)
  }
}

const titleOf = ({ fault, path }: Case) =>
  `nothing that failed is acknowledged: ${fault.calls} ${fault.effect} on ${path ?? 'any file'}`

t.test('errors that pass', async (t) => {
  const registry = await startOnTmpfs(t)
  const after: ((t: Test) => Promise<void>)[] = []
  for (const [index, expected] of cases.filter(({ lasts }) => !lasts).entries()) {
    await t.test(titleOf(expected), async (t) => {
      const { scene, tried } = await failOnce(t, registry, `failing/${index}`, expected)
      await checkWrites(t, registry, `well/${index}`)
      after.push(async (t) => {
        await scene.checkReads(t)
        await checkOutcome(t, tried)
      })
    })
  }
  await t.test('what was acknowledged is there after a restart', async (t) => {
    t.equal((await fetch(`${registry.url}/readyz`)).status, 200)
    await registry.kill()
    await registry.start()
    for (const check of after) await check(t)
  })
})

for (const expected of cases.filter(({ lasts }) => lasts)) {
  t.test(`${titleOf(expected)}, and no more until a restart`, async (t) => {
    const registry = await startOnTmpfs(t)
    const { scene, tried } = await failOnce(t, registry, 'team/app', expected)
    const begin = await fetch(`${registry.url}/v2/team/app/blobs/uploads/`, { method: 'POST' })
    t.equal(begin.status, 503, 'although the disk is well again')
    t.match(await begin.json(), { errors: [{ code: 'UNAVAILABLE', message: expected.message }] })
    const isUnready = async () => (await fetch(`${registry.url}/readyz`)).status === 503
    t.ok(await within(5000, isUnready), 'the probe says so')

    await registry.kill()
    await registry.start()
    await scene.checkReads(t)
    await checkOutcome(t, tried)
    await checkWrites(t, registry, 'well/again')
  })
}
