import t, { type Test } from 'tap'
import { basicOf, type GuardedRegistry, startGuarded } from '../../helpers/access.ts'
import { getApi, walkApi } from '../../helpers/api.ts'
import type { Client } from '../../helpers/client.ts'
import {
  type Content,
  pushBlob,
  pushImage,
  pushManifest,
  randomContent,
} from '../../helpers/push.ts'

const repositories = ['bob/own', 'public/app', 'secret/app', 'team/app', 'team/web'] as const

interface World extends GuardedRegistry {
  readonly root: string
  /** A layer that every repository but public/app has. */
  readonly layer: Content
  readonly secretLayer: Content
}

async function createWorld(test: Test): Promise<World & { admin: Client }> {
  const registry = await startGuarded(test, {
    env: { LAYERHOUSE_AUTH_ANONYMOUS_PULL: 'public/**' },
  })
  const root = await registry.person('root', { admin: true })
  const admin = registry.as(root.basic)
  const layer = randomContent()
  for (const repository of repositories) {
    const { manifest } = await pushImage(admin, repository, '1')
    if (repository !== 'public/app') await pushBlob(admin, repository, layer)
    await pushManifest(admin, repository, 'again', manifest)
  }
  const secretLayer = await pushBlob(admin, 'secret/app', randomContent())
  return { ...registry, admin, layer, secretLayer }
}

const catalogOf = async (client: Client) =>
  (await client('GET', '/v2/_catalog')).json<{ repositories: readonly string[] }>().repositories

t.test('who sees which repositories, in every list of them', async (t) => {
  const { person, personalToken, robot, bearer, as } = await createWorld(t)
  const alice = await person('alice', { grants: { 'team/*': ['pull', 'push'], 'team/web': [] } })
  const narrow = await personalToken('alice', [{ pattern: 'team/app', actions: ['pull'] }])
  const bob = await person('bob', { grants: { 'secret/**': ['push'] } })
  const ci = await robot('ci', [{ pattern: '*/app', actions: ['pull'] }])
  const root = await person('root2', { admin: true })
  const catalog = await bearer(alice.basic, 'registry:catalog:*')
  const seen: readonly (readonly [string, Client, readonly string[]])[] = [
    ['an administrator', as(root.basic), repositories],
    ['nobody', as(undefined), ['public/app']],
    ['alice', as(alice.basic), ['public/app', 'team/app']],
    ['a token of hers', as(narrow.basic), ['public/app', 'team/app']],
    ['bob, who may push secrets', as(bob.basic), ['bob/own', 'public/app']],
    ['a robot', as(ci.basic), ['public/app', 'secret/app', 'team/app']],
    ['a signed token for the catalog', as(catalog), ['public/app', 'team/app']],
  ]
  for (const [who, client, names] of seen) {
    t.strictSame(await catalogOf(client), names, `the catalog of ${who}`)
    const search = (await client('GET', '/v1/search?q=app&n=1')).json<{ num_results: number }>()
    t.equal(search.num_results, names.filter((name) => name.includes('app')).length, who)
  }
  for (const [who, client, names] of seen.slice(0, -1)) {
    for (const sort of ['name', '-size', 'pushedAt']) {
      const path = `/repos?sort=${sort}&limit=1`
      const found = await walkApi<{ name: string }>(client, path)
      t.strictSame(found.map(({ name }) => name).sort(), names, `${sort} for ${who}`)
    }
  }
})

t.test('the catalog is filled page by page with what is visible', async (t) => {
  const { robot, as } = await createWorld(t)
  const ci = as((await robot('ci', [{ pattern: '*/app', actions: ['pull'] }])).basic)
  const pages: string[][] = []
  let path: string | undefined = '/v2/_catalog?n=2'
  while (path) {
    const answer = await ci('GET', path)
    pages.push(answer.json<{ repositories: string[] }>().repositories)
    path = /<([^>]+)>/.exec(String(answer.headers['link'] ?? ''))?.[1]
  }
  t.strictSame(pages, [['public/app', 'secret/app'], ['team/app']])
})

t.test('a mount takes nothing out of what may not be pulled', async (t) => {
  const { person, bearer, as, layer, secretLayer } = await createWorld(t)
  const alice = await person('alice', { grants: { 'team/*': ['pull', 'push'] } })
  const bob = await person('bobby', { grants: { 'new/**': ['pull', 'push'] } })
  const client = as(alice.basic)
  const mount = async (who: Client, to: string, digest: string, from?: string) => {
    const query = from === undefined ? '' : `&from=${from}`
    return who('POST', `/v2/${to}/blobs/uploads/?mount=${digest}${query}`)
  }
  const { digest: shared } = layer
  const { digest: secret } = secretLayer
  t.equal((await mount(client, 'team/new', shared, 'team/app')).status, 201)
  t.equal((await mount(client, 'team/b', shared)).status, 201, 'from whichever may be pulled')
  const refused = await mount(client, 'team/c', secret, 'secret/app')
  const absent = await mount(client, 'team/c', secret, 'not/there')
  t.strictSame([refused.status, absent.status], [202, 202])
  const shape = (headers: object) => Object.keys(headers).sort()
  t.strictSame(shape(refused.headers), shape(absent.headers), 'as if it were not there')
  t.equal((await mount(client, 'team/c', secret)).status, 202)
  t.equal((await mount(as(bob.basic), 'new/a', shared)).status, 202, 'others have it, not for him')
  t.equal((await client('HEAD', `/v2/team/c/blobs/${secret}`)).status, 404)

  const both = ['repository:team/d:pull,push', 'repository:team/app:pull']
  const narrow = as(await bearer(alice.basic, 'repository:team/d:pull,push'))
  const wide = as(await bearer(alice.basic, ...both))
  const listing = as(await bearer(alice.basic, 'repository:team/d:pull,push', 'registry:catalog:*'))
  t.equal((await mount(narrow, 'team/d', shared, 'team/app')).status, 202, 'not in the token')
  t.equal((await mount(listing, 'team/d', shared, 'team/app')).status, 202, 'listed is not pulled')
  t.equal((await mount(wide, 'team/d', shared, 'team/app')).status, 201)
  t.equal((await mount(narrow, 'team/d', shared, 'secret/app')).status, 201, 'it has it by now')
})

t.test('layers, their users and references tell what may be pulled alone', async (t) => {
  const { person, as, admin, layer, secretLayer } = await createWorld(t)
  const alice = as((await person('alice', { grants: { 'team/*': ['pull'] } })).basic)
  const facts = (client: Client, digest: string) => client('GET', `/api/v1/layers/${digest}`)
  t.match((await facts(admin, layer.digest)).json(), { repositories: 4 })
  t.match((await facts(alice, layer.digest)).json(), { repositories: 2 })
  t.equal((await facts(admin, secretLayer.digest)).status, 200)
  const hidden = await facts(alice, secretLayer.digest)
  const absent = await facts(alice, randomContent().digest)
  t.strictSame([hidden.status, absent.status], [404, 404])
  t.equal(hidden.json<{ code: string }>().code, absent.json<{ code: string }>().code)
  t.equal((await alice('GET', `/api/v1/layers/${secretLayer.digest}/users`)).status, 404)

  const config = async (repository: string) => {
    const answer = await admin('GET', `/v2/${repository}/manifests/1`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    })
    return answer.json<{ config: { digest: string } }>().config.digest
  }
  const own = await walkApi<{ repo: string }>(alice, `/layers/${await config('team/app')}/users`)
  t.strictSame(
    own.map(({ repo }) => repo),
    ['team/app'],
  )
  t.equal((await alice('GET', `/api/v1/layers/${await config('secret/app')}/users`)).status, 404)

  const resolve = (client: Client, ref: string) =>
    client('GET', `/api/v1/images/resolve?ref=${encodeURIComponent(ref)}`)
  t.equal((await resolve(alice, 'team/app:1')).status, 200)
  t.equal((await resolve(admin, 'secret/app:1')).status, 200)
  const secret = await resolve(alice, 'secret/app:1')
  const unknown = await resolve(alice, 'not/there:1')
  t.strictSame([secret.status, unknown.status], [404, 404])
  const { requestId: _, ...told } = secret.json<Record<string, unknown>>()
  const { requestId: _id, ...toldOfNothing } = unknown.json<Record<string, unknown>>()
  const named = JSON.stringify(toldOfNothing).replaceAll('not/there', 'secret/app')
  t.strictSame(told, JSON.parse(named), 'in the same words')
})

t.test('activity is told of what may be pulled alone', async (t) => {
  const { person, as, admin } = await createWorld(t)
  const alice = as((await person('alice', { grants: { 'team/*': ['pull'] } })).basic)
  const reposOf = async (client: Client, query: string) => {
    const moves = await walkApi<{ repo: string }>(client, `/activity${query}`)
    return [...new Set(moves.map(({ repo }) => repo))].sort()
  }
  t.strictSame(await reposOf(admin, '?action=push'), repositories)
  t.strictSame(await reposOf(alice, '?limit=2'), ['public/app', 'team/app', 'team/web'])
  t.strictSame(await reposOf(alice, '?repo=team/web'), ['team/web'])
  const hidden = await alice('GET', '/api/v1/activity?repo=secret/app&limit=1')
  const absent = await alice('GET', '/api/v1/activity?repo=not/there&limit=1')
  t.strictSame(hidden.json(), absent.json(), 'a hidden one is as if it were not there')
})

t.test('what is granted and taken away shows at once', async (t) => {
  const { person, grant, as, bearer } = await createWorld(t)
  const alice = await person('alice')
  const signed = as(await bearer(alice.basic, 'registry:catalog:*'))
  const client = as(alice.basic)
  const to = { kind: 'account', name: 'alice' } as const
  t.strictSame(await catalogOf(client), ['public/app'])
  await grant(to, { 'secret/**': ['pull'] })
  t.strictSame(await catalogOf(client), ['public/app', 'secret/app'])
  t.strictSame(await catalogOf(signed), ['public/app', 'secret/app'])
  await grant(to, { 'secret/**': [] })
  t.strictSame(await catalogOf(client), ['public/app'])
  t.strictSame(await catalogOf(signed), ['public/app'])
  t.equal((await as(basicOf('alice', 'wrong'))('GET', '/v2/_catalog')).status, 401)
  t.type((await getApi<{ items: unknown[] }>(client, '/repos')).items, 'Array')
})
