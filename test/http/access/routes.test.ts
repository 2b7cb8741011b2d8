import t from 'tap'
import type { Method } from '../../../routes/api/route.ts'
import { routes } from '../../../routes/api/table.ts'
import { addUsers, grant, password, refusalOf, startGuarded } from '../../helpers/accounts.ts'
import type { ProblemDocument } from '../../helpers/api.ts'

const zeros = `sha256:${'0'.repeat(64)}`

/** What makes a request of a route that its schemas take. */
const queries: Readonly<Record<string, string>> = {
  listTags: '?repo=team/app',
  listManifests: '?repo=team/app',
  getRepository: '?repo=team/app',
  deleteRepository: '?repo=team/app',
  getRepositoryAccount: '?repo=team/app',
  listTagAccounts: '?repo=team/app&tag=v1',
  listTagMoves: '?repo=team/app&tag=v1',
  resolveImage: '?ref=team/app:v1',
  exportImages: '?ref=team/app:v1',
  getStorageSeries: '?from=2026-01-01&to=2026-01-02',
  getNamespaceAccount: '?prefix=team',
  deleteGrant: '?grantee=bob&pattern=team/**',
  testAccess: '?user=bob&action=pull&repo=team/app',
}

function pathOf(id: string, path: string): string {
  const filled = path
    .replace('{digest}', zeros)
    .replace('{id}', '1')
    .replaceAll(/\{(?:name|account)\}/g, 'bob')
  return `${filled}${queries[id] ?? ''}`
}

t.test('who has not said who they are is asked to, but for what is open', async (t) => {
  const { nobody } = await startGuarded(t)
  const open = routes.filter(({ access }) => access === 'open').map(({ id }) => id)
  t.same(open.sort(), [
    'createSession',
    'deleteSession',
    'getMeta',
    'getOpenApi',
    'getSession',
    'setUp',
  ])
  for (const { id, method, path, access } of routes) {
    if (access === 'open') continue
    const answer = await nobody(method as Method, pathOf(id, path))
    t.same(refusalOf(answer), [401, 'UNAUTHORIZED'], id)
    t.match(answer.headers['www-authenticate'], /^Bearer realm="http.*\/token"/, id)
  }
})

t.test('what is for administrators is refused to all others, with the reason', async (t) => {
  const guarded = await startGuarded(t)
  await addUsers(guarded, 'alice')
  await grant(guarded, 'alice', ['admin'], '**')
  const alice = guarded.as('alice', password)
  const guardedRoutes = routes.filter(({ access }) => access === 'admin' || access === 'accounts')
  t.ok(guardedRoutes.length > 20)
  for (const { id, method, path } of guardedRoutes) {
    const answer = await alice(method as Method, pathOf(id, path))
    t.same(refusalOf(answer), [403, 'DENIED'], id)
    t.match(answer.json<ProblemDocument>().detail, /for administrators of the registry/)
  }
})
