import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { askApi, getApi, type ProblemDocument, walkApi } from '../../helpers/api.ts'
import type { Client } from '../../helpers/client.ts'
import { imageOf, pushBlob, pushImage, pushManifest, randomContent } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

interface Run {
  readonly id: number
  readonly cause: string
  readonly startedAt: string
  readonly finishedAt?: string
  readonly manifests: number
  readonly blobs: number
  readonly objects: number
  readonly freedBytes: number
  readonly error?: string
}

interface Entry {
  readonly kind: string
  readonly repository?: string
  readonly digest: string
  readonly bytes: number
  readonly reason: string
}

interface Preview extends Pick<Run, 'manifests' | 'blobs' | 'freedBytes'> {
  readonly items: readonly Entry[]
  readonly nextAt?: string
}

const repo = 'team/app'
/** The shortest there is, milliseconds. */
const grace = 1000

/** One that collects only when it is asked to. */
async function start(t: Test, env: Readonly<Record<string, string>> = {}) {
  const times = { LAYERHOUSE_GC_GRACE: '1s', LAYERHOUSE_GC_INTERVAL: '1h' }
  return startRegistry(t, { env: { ...times, LAYERHOUSE_HISTORY_KEEP: '0s', ...env } })
}

async function collect<Answer = Run>(request: Client, body: object = {}): Promise<Answer> {
  const answer = await askApi(request, 'POST', '/gc', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (answer.status !== 200) throw new Error(`gc: ${answer.status} ${answer.text}`)
  return answer.json<Answer>()
}

t.test('a collection tells what it removed, and keeps telling it', async (t) => {
  const { request } = await start(t)
  const kept = await pushImage(request, repo, 'v1')
  const free = await pushBlob(request, repo, randomContent(1000))
  const early = await collect(request)
  t.match(early, { cause: 'request', manifests: 0, blobs: 0, objects: 0, freedBytes: 0 })
  await sleep(grace + 50)
  const run = await collect(request, { cause: 'command' })
  t.match(run, { cause: 'command', manifests: 0, blobs: 1, objects: 1, freedBytes: 1000 })
  t.ok(Date.parse(run.finishedAt ?? '') >= Date.parse(run.startedAt))
  t.notOk('error' in run)
  t.equal((await request('HEAD', `/v2/${repo}/blobs/${free.digest}`)).status, 404)
  for (const { digest } of [kept.config, ...kept.layers]) {
    t.equal((await request('HEAD', `/v2/${repo}/blobs/${digest}`)).status, 200)
  }
  t.same(await getApi(request, `/gc/runs/${run.id}`), run)
  const journal = await walkApi<Entry>(request, `/gc/runs/${run.id}/journal`)
  t.match(journal, [{ kind: 'blob', digest: free.digest, bytes: 1000, reason: 'uploaded' }])
  t.same(await walkApi(request, `/gc/runs/${early.id}/journal`), [])
})

t.test('a dry run tells the same and writes nothing', async (t) => {
  const { request } = await start(t)
  await pushImage(request, repo, 'v1')
  await request('DELETE', `/v2/${repo}/manifests/v1`)
  const early = await collect<Preview>(request, { dryRun: true })
  t.match(early, { manifests: 0, blobs: 0, items: [], nextAt: /Z$/ })
  await sleep(grace + 50)
  const preview = await collect<Preview>(request, { dryRun: true })
  t.match(preview, { manifests: 1, items: [{ kind: 'manifest', repository: repo }] })
  t.same(await collect<Preview>(request, { dryRun: true }), preview)
  t.same(await walkApi(request, '/gc/runs'), [], 'no run is recorded')
  const run = await collect(request)
  const { manifests, blobs, freedBytes } = preview
  t.match(run, { manifests, blobs, freedBytes })
  const journal = await walkApi<Entry>(request, `/gc/runs/${run.id}/journal`)
  t.same(
    journal.map(({ kind, digest }) => ({ kind, digest })),
    preview.items.map(({ kind, digest }) => ({ kind, digest })),
  )
})

t.test('images without a tag are collected if that is asked for or configured', async (t) => {
  for (const [env, body] of [
    [{}, { untagged: true }],
    [{ LAYERHOUSE_GC_UNTAGGED: 'true' }, {}],
  ] as const) {
    const { request } = await start(t, env)
    const tagged = await pushImage(request, repo, 'v1')
    const alone = imageOf(tagged.config, [])
    await pushManifest(request, repo, alone.digest, alone)
    await sleep(grace + 50)
    const preview = await collect<Preview>(request, { ...body, dryRun: true })
    t.match(preview, { manifests: 1, items: [{ digest: alone.digest }] })
    t.match(await collect(request, body), { manifests: 1 })
    t.equal((await request('HEAD', `/v2/${repo}/manifests/${alone.digest}`)).status, 404)
    t.equal((await request('HEAD', `/v2/${repo}/manifests/v1`)).status, 200)
  }
})

t.test('runs and journals come in pages', async (t) => {
  const { request } = await start(t)
  const blobs: string[] = []
  for (let count = 0; count < 5; count++) {
    blobs.push((await pushBlob(request, repo, randomContent())).digest)
  }
  await sleep(grace + 50)
  const ids: number[] = []
  for (let count = 0; count < 5; count++) ids.unshift((await collect(request)).id)
  const runs = await walkApi<Run>(request, '/gc/runs?limit=2')
  t.same(
    runs.map(({ id }) => id),
    ids,
    'the newest first',
  )
  t.same(
    runs.map((run) => run.blobs),
    [0, 0, 0, 0, 5],
  )
  const journal = await walkApi<Entry>(request, `/gc/runs/${ids[4]}/journal?limit=2`)
  t.same(journal.map(({ digest }) => digest).sort(), blobs.sort(), 'each once')
})

const mistakes = [
  ['GET', '/gc/runs/99', undefined, 404, 'NOT_FOUND', /there is no run 99/],
  ['GET', '/gc/runs/99/journal', undefined, 404, 'NOT_FOUND', /there is no run 99/],
  ['GET', '/gc/runs/last', undefined, 400, 'INVALID_PARAMETER', /"id" must be a whole number/],
  ['GET', '/gc/runs?limit=1000', undefined, 400, 'INVALID_PARAMETER', /from 1 to 200/],
  ['GET', '/gc/runs?cursor=x', undefined, 400, 'INVALID_CURSOR', /./],
  ['GET', '/gc', undefined, 405, 'METHOD_NOT_ALLOWED', /use POST/],
  ['POST', '/gc', { dryRun: 1 }, 400, 'INVALID_BODY', /"dryRun" must be true or false/],
  ['POST', '/gc', { dry_run: true }, 400, 'INVALID_BODY', /"dry_run" is not known/],
  ['POST', '/gc', { untagged: 'yes' }, 400, 'INVALID_BODY', /"untagged" must be true or false/],
  ['POST', '/gc', { cause: 'schedule' }, 400, 'INVALID_BODY', /one of request, command/],
] as const

t.test('what can not be meant is refused', async (t) => {
  const { request } = await start(t)
  for (const [method, path, body, status, code, detail] of mistakes) {
    const headers = { 'content-type': 'application/json' }
    const wanted = body === undefined ? {} : { headers, body: JSON.stringify(body) }
    const answer = await askApi(request, method, path, wanted)
    t.equal(answer.status, status, `${path}: ${answer.text}`)
    t.match(answer.json<ProblemDocument>(), { code, detail }, path)
  }
  t.same(await walkApi(request, '/gc/runs'), [])
})
