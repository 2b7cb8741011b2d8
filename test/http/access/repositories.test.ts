import t from 'tap'
import {
  type Ask,
  addUsers,
  grant,
  password,
  refusalOf,
  startGuarded,
} from '../../helpers/accounts.ts'
import type { ProblemDocument } from '../../helpers/api.ts'

const zeros = `sha256:${'0'.repeat(64)}`

type Case = readonly [method: 'GET' | 'POST' | 'DELETE', path: string, body?: object]

/** The same question about a repository. */
const about = (repo: string): readonly Case[] => [
  ['GET', `/tags?repo=${repo}`],
  ['GET', `/manifests?repo=${repo}`],
  ['GET', `/repo?repo=${repo}`],
  ['GET', `/storage/repo?repo=${repo}`],
  ['GET', `/storage/tags?repo=${repo}&tag=v1`],
  ['GET', `/tags/history?repo=${repo}&tag=v1`],
  ['POST', '/deletions/preview', { repo, tags: ['v1'] }],
  ['POST', '/deletions', { repo, tags: ['v1'] }],
  ['DELETE', `/repo?repo=${repo}`],
  ['POST', '/tags/restore', { repo, tag: 'v1', digest: zeros }],
]

/** What differs between two answers whatever was asked. */
function comparable(text: string, repo: string): string {
  return text.replaceAll(repo, 'REPO').replace(/"requestId":"[^"]*"/, '')
}

async function seed(operator: Ask, guarded: Awaited<ReturnType<typeof startGuarded>>) {
  const image = JSON.stringify({ schemaVersion: 2, layers: [] })
  const authorization = `Basic ${Buffer.from(`root:${password}`).toString('base64')}`
  await operator('POST', '/users', { name: 'root', password, admin: true })
  const blob = Buffer.from('{}')
  const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
  for (const repo of ['team/app', 'other/app']) {
    const { request } = guarded.registry
    await request('POST', `/v2/${repo}/blobs/uploads/?digest=${digest}`, {
      headers: { authorization },
      body: blob,
    })
    const manifest = JSON.stringify({
      ...JSON.parse(image),
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 },
    })
    const put = await request('PUT', `/v2/${repo}/manifests/v1`, {
      headers: { authorization, 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: manifest,
    })
    if (put.status !== 201) throw new Error(`${put.status} ${put.text}`)
  }
}

t.test('a repository one may not pull looks as if it were not there', async (t) => {
  const guarded = await startGuarded(t)
  const { operator, as } = guarded
  await seed(operator, guarded)
  await addUsers(guarded, 'alice')
  await grant(guarded, 'alice', ['admin'], 'team/**')
  const alice = as('alice', password)
  // Alice may do everything below team/, where nothing of this name is, and nothing below other/.
  const there = about('other/app')
  for (const [at, [method, path, body]] of about('team/none').entries()) {
    const [, hiddenPath, hiddenBody] = there[at] as Case
    const missing = await alice(method, path, body)
    const hidden = await alice(method, hiddenPath, hiddenBody)
    t.equal(hidden.status, missing.status, path)
    t.equal(
      comparable(hidden.text, 'other/app'),
      comparable(missing.text, 'team/none'),
      `${method} ${path}`,
    )
  }
  const tags = await operator('GET', '/tags?repo=other/app')
  t.equal(tags.json<{ items: unknown[] }>().items.length, 1, 'and nothing was deleted')
})

t.test('a right that is missing is named, with its repository', async (t) => {
  const guarded = await startGuarded(t)
  const { operator, as } = guarded
  await seed(operator, guarded)
  await addUsers(guarded, 'alice')
  await grant(guarded, 'alice', ['pull'], 'team/**')
  const alice = as('alice', password)
  t.equal((await alice('GET', '/tags?repo=team/app')).status, 200)
  const refused: readonly (readonly [...Case, RegExp])[] = [
    ['POST', '/deletions/preview', { repo: 'team/app', tags: ['v1'] }, /"delete" on team\/app/],
    ['POST', '/deletions', { repo: 'team/app', tags: ['v1'] }, /"delete" on team\/app/],
    ['DELETE', '/repo?repo=team/app', undefined as never, /"delete" on team\/app/],
    [
      'POST',
      '/tags/restore',
      { repo: 'team/app', tag: 'v1', digest: zeros },
      /"push" on team\/app/,
    ],
  ] as never
  for (const [method, path, body, words] of refused as readonly [
    Case[0],
    string,
    object,
    RegExp,
  ][]) {
    const answer = await alice(method, path, body)
    t.same(refusalOf(answer), [403, 'DENIED'], path)
    t.match(answer.json<ProblemDocument>().detail, words, path)
  }
})

t.test('a deletion is undone by who may delete in its repository', async (t) => {
  const guarded = await startGuarded(t)
  const { operator, as } = guarded
  await seed(operator, guarded)
  await addUsers(guarded, 'alice', 'bob', 'carol')
  await grant(guarded, 'alice', ['pull'], 'team/**')
  await grant(guarded, 'carol', ['pull', 'delete'], 'team/**')
  const done = await operator('POST', '/deletions', { repo: 'team/app', tags: ['v1'] })
  const { id } = done.json<{ deletion: { id: number } }>().deletion
  for (const verb of ['undo', 'purge']) {
    const path = `/deletions/${id}/${verb}`
    t.same(refusalOf(await as('alice', password)('POST', path, {})), [403, 'DENIED'])
    const hidden = await as('bob', password)('POST', path, {})
    const missing = await as('bob', password)('POST', `/deletions/99/${verb}`, {})
    t.same(refusalOf(hidden), [404, 'NOT_FOUND'], 'bob is not told that there is one')
    t.equal(comparable(hidden.text, `deletion ${id}`), comparable(missing.text, 'deletion 99'))
  }
  t.equal((await as('carol', password)('POST', `/deletions/${id}/undo`, {})).status, 200)
})

t.test('moving a tag back needs the right to overwrite if that tag is there', async (t) => {
  const guarded = await startGuarded(t)
  const { operator, as } = guarded
  await seed(operator, guarded)
  await addUsers(guarded, 'alice')
  await grant(guarded, 'alice', ['pull', 'push'], 'team/**')
  const wish = { repo: 'team/app', tag: 'v1', digest: zeros }
  const answer = await as('alice', password)('POST', '/tags/restore', wish)
  t.same(refusalOf(answer), [403, 'DENIED'])
  t.match(answer.json<ProblemDocument>().detail, /"overwrite" on team\/app/)
  await grant(guarded, 'alice', ['pull', 'push', 'overwrite'], 'team/**')
  const allowed = await as('alice', password)('POST', '/tags/restore', wish)
  t.same(refusalOf(allowed), [404, 'MANIFEST_UNKNOWN'], 'it never pointed there')
})
