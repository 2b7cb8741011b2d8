import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { type GuardedRegistry, startGuarded } from '../../helpers/access.ts'
import type { ProblemDocument } from '../../helpers/api.ts'
import { dockerSave, ociEntries, ociParts, tarOf } from '../../helpers/archives.ts'
import type { Client } from '../../helpers/client.ts'
import {
  type Content,
  contentOf,
  imageOf,
  pushBlob,
  pushImage,
  randomContent,
} from '../../helpers/push.ts'

const config = contentOf('{"rootfs":{"type":"layers","diff_ids":[]}}')
const headers = { 'content-type': 'application/x-tar' }

function send(client: Client, body: Buffer, query = '') {
  return client('POST', `/api/v1/imports${query}`, { body, headers })
}

/** One image under several names. */
async function named(names: readonly string[], seed = 1): Promise<Buffer> {
  const { contents, manifest } = await ociParts(seed)
  return tarOf(
    ociEntries(
      contents,
      names.map((name) => ({ content: manifest, name })),
    ),
  )
}

async function digestOf(client: Client, repo: string, tag: string): Promise<unknown> {
  const answer = await client('HEAD', `/v2/${repo}/manifests/${tag}`, {
    headers: { accept: '*/*' },
  })
  return answer.status === 200 ? answer.headers['docker-content-digest'] : answer.status
}

/** All that lies below the directories of bytes. */
function filesOf({ root }: Pick<GuardedRegistry, 'root'>): readonly string[] {
  return ['blobs', 'uploads']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()
}

t.test('an archive takes nothing it lacks out of what may not be pulled', async (t) => {
  const { person, as } = await startGuarded(t)
  const admin = as((await person('root', { admin: true })).basic)
  const alice = as((await person('alice', { grants: { 'team/*': ['pull', 'push'] } })).basic)
  const secret = await pushBlob(admin, 'secret/app', randomContent())
  const own = await pushBlob(admin, 'team/base', randomContent())

  /** Of an image that names the layer, with its bytes or without. */
  const archiveOf = async (layer: Content, tag: string, isWhole = false) => {
    const manifest = imageOf(config, [layer])
    const contents = isWhole ? [layer, config, manifest] : [config, manifest]
    return tarOf(ociEntries(contents, [{ content: manifest, name: `team/app:${tag}` }]))
  }
  const read = (digest: string) => alice('HEAD', `/v2/team/app/blobs/${digest}`)

  const refused = await send(alice, await archiveOf(secret, 'secret'))
  const absent = await send(alice, await archiveOf(randomContent(), 'absent'))
  t.strictSame([refused.status, absent.status], [422, 422], 'as if nobody had it')
  t.match(refused.json(), { code: 'ARCHIVE_INVALID', params: { missing: [secret.digest] } })
  t.equal((await read(secret.digest)).status, 404)
  t.equal((await send(alice, await archiveOf(own, 'own'))).status, 200, 'hers may be missing')
  t.equal((await read(own.digest)).status, 200)
  const brought = await send(alice, await archiveOf(secret, 'brought', true))
  t.equal(brought.status, 200, 'who has it may bring it')
  t.match(
    brought.json(),
    { images: [{ newBytes: secret.size, existingBytes: config.size }] },
    'and is not told that somebody else has it',
  )
  t.equal((await read(secret.digest)).status, 200)
  t.equal((await send(admin, await archiveOf(secret, 'root'))).status, 200)
})

t.test('an archive goes only where whoever sends it may push, or nowhere', async (t) => {
  const registry = await startGuarded(t)
  const { person, personalToken, as, request } = registry
  const admin = as((await person('root', { admin: true })).basic)
  await person('alice', { grants: { 'team/*': ['pull', 'push'], 'read/*': ['pull'] } })
  const whole = as((await personalToken('alice', undefined)).basic)
  const limited = as(
    (await personalToken('alice', [{ pattern: 'team/*', actions: ['pull'] }])).basic,
  )
  await pushImage(admin, 'read/app', '1')
  await pushImage(admin, 'secret/app', '1')
  await pushImage(admin, 'team/app', '1')
  const before = filesOf(registry)
  const denied = (repo: string) => ({
    status: 403,
    code: 'DENIED',
    detail: `the right "push" on ${repo} is missing`,
  })
  const unknown = { status: 404, code: 'NAME_UNKNOWN' }
  const cases: readonly (readonly [Client, readonly string[], string, Partial<ProblemDocument>])[] =
    [
      [whole, ['team/new:1', 'read/app:2'], '', denied('read/app')],
      [whole, ['team/new:1', 'secret/app:2'], '', unknown],
      [whole, ['team/new:1', 'nowhere/app:2'], '', unknown],
      [whole, ['team/new:1'], '?repo=read/app', denied('read/app')],
      [whole, ['team/new:1'], '?repo=secret/app', unknown],
      [limited, ['team/app:2'], '', denied('team/app')],
      [request, ['team/new:1'], '', { status: 401, code: 'UNAUTHORIZED' }],
    ]
  for (const [client, names, query, expected] of cases) {
    const answer = await send(client, await named(names), query)
    t.match(answer.json(), expected, `${names.join(' ')} ${query}`)
    t.equal(await digestOf(admin, 'team/new', '1'), 404)
    t.strictSame(filesOf(registry), before, 'nothing was written')
  }
  t.equal((await send(whole, await named(['team/new:1']))).status, 200)
})

t.test('nobody is refused before the archive is read', async (t) => {
  const { request, port } = await startGuarded(t)
  const head = ['POST /api/v1/imports HTTP/1.1', 'host: a', 'content-type: application/x-tar']
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  // Not one byte of a gigabyte follows.
  socket.write(`${head.join('\r\n')}\r\ncontent-length: 1073741824\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  t.match(`${answer}`, /^HTTP\/1\.1 401 /)
  t.match((await send(request, await named(['team/app:1']))).headers, {
    'www-authenticate': /^Bearer /,
  })
})

t.test('one tag that may not be moved refuses all of the archive', async (t) => {
  const { person, as, grant } = await startGuarded(t)
  const admin = as((await person('root', { admin: true })).basic)
  const alice = as((await person('alice', { grants: { 'team/*': ['pull', 'push'] } })).basic)
  const old = (await pushImage(admin, 'team/b', '1')).manifest.digest
  const body = await named(['team/a:1', 'team/b:1'])
  const moved = async () => [
    await digestOf(alice, 'team/a', '1'),
    await digestOf(alice, 'team/b', '1'),
  ]

  const refused = await send(alice, body)
  t.match(refused.json(), {
    status: 403,
    code: 'DENIED',
    detail: /the tag 1 of team\/b can't be overwritten: .* the right "push" without "overwrite"/,
    params: { reason: 'overwrite', repository: 'team/b', tag: '1', digest: old },
  })
  t.strictSame(await moved(), [404, old])
  const rule = { name: 'fixed', repositories: ['team/b'], tags: ['*'] }
  const put = (rules: readonly object[], version: number) =>
    admin('PUT', '/api/v1/immutability', {
      headers: { 'content-type': 'application/json', 'if-match': `"${version}"` },
      body: JSON.stringify({ rules }),
    })
  t.equal((await put([rule], 0)).status, 200)
  await grant({ kind: 'account', name: 'alice' }, { 'team/b': ['pull', 'push', 'overwrite'] })
  const immutable = await send(alice, body)
  t.match(immutable.json(), {
    status: 403,
    code: 'DENIED',
    params: { reason: 'immutable', rule: 'fixed', repository: 'team/b', tag: '1', digest: old },
  })
  t.strictSame(await moved(), [404, old])
  t.equal((await put([], 1)).status, 200)
  t.equal((await send(alice, body)).status, 200)
  const [first, second] = await moved()
  t.equal(first, second)
  t.equal((await send(alice, body)).status, 200, 'the same again moves nothing')
})

t.test('an import is told as the pushes of its images', async (t) => {
  const { person, as } = await startGuarded(t)
  const admin = as((await person('root', { admin: true })).basic)
  const alice = as(
    (await person('alice', { grants: { 'team/*': ['pull', 'push', 'overwrite'] } })).basic,
  )
  const old = (await pushImage(admin, 'team/app', '1')).manifest.digest
  const { entries } = await dockerSave(['team/app:1'])
  const answer = await send(alice, await tarOf(entries))
  const digest = answer.json<{ images: { digest: string }[] }>().images[0]?.digest as string
  const get = async (path: string) =>
    (await admin('GET', `/api/v1${path}`)).json<{ items: object[] }>()
  const { items: moves } = await get('/tags/history?repo=team/app&tag=1')
  t.match(moves[0], { from: old, to: digest, actor: 'alice' })
  const { items: activity } = await get('/activity?repo=team/app')
  const about = { actor: 'alice', client: '127.0.0.1', repo: 'team/app', tag: '1', digest }
  t.match(
    activity.filter((entry) => (entry as { actor?: string }).actor === 'alice'),
    [
      { action: 'tag', ...about, detail: { from: old } },
      { action: 'push', ...about },
    ],
  )
})

t.test('what may not be pulled is exported as if it were not there', async (t) => {
  const { person, as } = await startGuarded(t)
  const admin = as((await person('root', { admin: true })).basic)
  const alice = as((await person('alice', { grants: { 'team/*': ['pull'] } })).basic)
  await pushImage(admin, 'team/app', '1')
  const { manifest } = await pushImage(admin, 'secret/app', '1')
  const ask = async (query: string) => {
    const { status, text } = await alice('GET', `/api/v1/images/export?${query}`)
    return { status, text: text.replace(/"requestId":"[^"]*"/, '').replaceAll('secret', 'nowhere') }
  }
  for (const query of [
    'ref=secret/app:1',
    `ref=secret/app@${manifest.digest}`,
    'repo=secret/app&tag=1',
    'ref=team/app:1&ref=secret/app:1',
    'ref=team/app:1&since=secret/app:1',
    'ref=secret/app:1&prefix=registry.example.com',
    'ref=secret/app:1&platform=linux/amd64',
  ]) {
    const hidden = await ask(query)
    t.match(hidden, { status: 404, text: /"code":"NAME_UNKNOWN"/ }, query)
    t.strictSame(hidden, await ask(query.replaceAll('secret', 'nowhere')), query)
  }
  t.equal((await ask('ref=team/app:1&since=team/app:1&prefix=registry.example.com')).status, 200)
})
