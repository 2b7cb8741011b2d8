import t from 'tap'
import { startGuarded } from '../../helpers/access.ts'
import { getApi, walkApi } from '../../helpers/api.ts'
import type { Client } from '../../helpers/client.ts'
import { pushImage } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

interface Entry {
  readonly action: string
  readonly at: string
  readonly actor?: string
  readonly client?: string
  readonly agent?: string
  readonly repo?: string
  readonly tag?: string
  readonly digest?: string
  readonly count: number
  readonly detail?: Readonly<Record<string, unknown>>
}

const repo = 'team/app'
const client = '127.0.0.1'
const headers = { 'user-agent': `docker/${'1'.repeat(300)}` }
const agent = headers['user-agent'].slice(0, 200)

function as(client: Client, extra: Readonly<Record<string, string>>): Client {
  const send: Parameters<typeof Object.assign>[0] = (
    method: string,
    path: string,
    wanted: Parameters<Client>[2] = {},
  ) => client(method, path, { ...wanted, headers: { ...extra, ...wanted.headers } })
  return Object.assign(send, { port: client.port }) as Client
}

async function exported(request: Client, query = ''): Promise<readonly Entry[]> {
  const answer = await request('GET', `/api/v1/activity/export${query}`)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry)
}

t.test('what was done is told with who did it, from where and with what', async (t) => {
  const registry = await startRegistry(t)
  const request = as(registry.request, headers)
  const { manifest } = await pushImage(request, repo, 'v1')
  for (let n = 0; n < 3; n++) await request('GET', `/v2/${repo}/manifests/v1`)
  await request('HEAD', `/v2/${repo}/manifests/v1`)
  await request('DELETE', `/v2/${repo}/manifests/v1`)
  const { items } = await getApi<{ items: readonly Entry[] }>(request, '/activity')
  const about = { client, agent, repo, tag: 'v1' }
  const [pull, ...rest] = [...items].sort((a, b) => (a.action === 'pull' ? -1 : b.count - a.count))
  t.match(pull, { action: 'pull', ...about, digest: manifest.digest, count: 3 })
  t.match(
    rest.map(({ action }) => action),
    ['delete', 'push'],
  )
  for (const entry of rest) t.match(entry, { ...about, count: 1, at: /Z$/ })
  t.ok(items.every((entry) => !('actor' in entry)))
})

t.test('pulls are left out where nobody wants to know them', async (t) => {
  const { request } = await startRegistry(t, { env: { LAYERHOUSE_ACTIVITY_PULLS: 'false' } })
  await pushImage(request, repo, 'v1')
  await request('GET', `/v2/${repo}/manifests/v1`)
  const { items } = await getApi<{ items: readonly Entry[] }>(request, '/activity')
  t.strictSame(
    items.map(({ action }) => action),
    ['push'],
  )
})

t.test('filters go together, and pages and the export give the same', async (t) => {
  const { request } = await startRegistry(t)
  for (const name of [repo, 'team/other']) {
    for (const tag of ['a', 'b', 'a']) await pushImage(request, name, tag)
    await request('DELETE', `/v2/${name}/manifests/b`)
  }
  const all = await exported(request)
  t.equal(all.length, 10)
  const middle = all[5]?.at ?? ''
  const counted = {
    '?action=push': 6,
    '?action=delete&action=tag': 4,
    [`?repo=${repo}`]: 5,
    [`?repo=${repo}&action=tag`]: 1,
    '?actor=ann': 0,
    [`?to=${middle}`]: all.filter(({ at }) => at < middle).length,
    [`?from=${middle}`]: all.filter(({ at }) => at >= middle).length,
  }
  for (const [query, count] of Object.entries(counted)) {
    const lines = await exported(request, query)
    t.equal(lines.length, count, query)
    t.strictSame(await walkApi<Entry>(request, `/activity${query}&limit=2`), lines, query)
  }
  const answer = await request('GET', '/api/v1/activity/export')
  t.match(answer.headers, {
    'content-type': 'application/x-ndjson',
    'content-disposition': /activity\.ndjson/,
    'transfer-encoding': 'chunked',
  })
})

t.test('who does not run the registry sees what they may pull, and no addresses', async (t) => {
  const registry = await startGuarded(t)
  const admin = await registry.person('root', { admin: true })
  const ann = await registry.person('ann', { grants: { 'team/**': ['pull', 'push'] } })
  const bob = await registry.person('bob', { grants: { 'other/**': ['pull'] } })
  await pushImage(registry.as(ann.basic), repo, 'v1')
  await pushImage(registry.as(admin.basic), 'other/app', 'v1')
  const denied = await registry.as(bob.basic)('GET', `/v2/${repo}/manifests/v1`)
  t.ok(denied.status === 401 || denied.status === 403, `${denied.status}`)

  const seenBy = async (basic: string) => exported(registry.as(basic))
  const all = await seenBy(admin.basic)
  t.match(
    all.filter(({ action }) => action === 'push'),
    [
      { actor: 'root', repo: 'other/app', client },
      { actor: 'ann', repo, client },
    ],
  )
  t.ok(all.some(({ action, actor }) => action === 'sign-in' && actor === 'ann'))
  t.match(
    all.filter(({ action }) => action === 'denied'),
    [{ actor: 'bob', repo, detail: { right: 'pull' } }],
  )
  const ofBob = await seenBy(bob.basic)
  t.match(ofBob, [{ action: 'push', actor: 'root', repo: 'other/app' }])
  t.equal(ofBob.length, 1)
  t.ok(ofBob.every((entry) => !('client' in entry) && !('agent' in entry)))
})

t.test('what was noted last is written before the registry stops', async (t) => {
  const first = await startRegistry(t)
  await pushImage(first.request, repo, 'v1')
  await first.request('GET', `/v2/${repo}/manifests/v1`)
  await first.stop()
  const { request } = await startRegistry(t, { root: first.root })
  t.match(
    (await exported(request)).map(({ action }) => action),
    ['pull', 'push'],
  )
})
