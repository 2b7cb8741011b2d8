import t from 'tap'
import { openRights } from '../../../../src/access/decide.ts'
import { anonymous } from '../../../../src/access/identity.ts'
import { createGrants } from '../../../../src/services/management/grants.ts'
import { createGroups } from '../../../../src/services/management/groups.ts'
import { createTokens } from '../../../../src/services/management/tokens.ts'
import type { NewActivity } from '../../../../storage/metadata/activity/store.ts'

const by = { name: 'root', client: '10.0.0.1', agent: 'curl/8' }
const caller = { identity: anonymous, rights: openRights, by }

function noting() {
  const noted: NewActivity[] = []
  return { noted, activity: { note: (entry: NewActivity) => noted.push(entry) } }
}

t.test('who changed a group or a grant is written down, with whom and what', async (t) => {
  const { noted, activity } = noting()
  const access = {
    account: async () => undefined,
    groups: async () => [],
    addMember: async () => true as const,
    removeMember: async () => true,
    removeGroup: async () => true,
    grants: async () => [],
    grant: async () => true,
    revoke: async () => true,
  }
  const groups = createGroups({ access, activity })
  const grants = createGrants({ access, activity })
  await groups.add('@Devs', 'Alice', caller)
  await grants.put({ grantee: '@devs', pattern: 'team/**', actions: ['pull'] }, caller)
  await grants.remove('@devs', 'team/**', caller)
  await groups.remove('devs', 'alice', caller)
  await groups.drop('devs', caller)
  const from = { actor: 'root', client: '10.0.0.1', agent: 'curl/8' }
  const on = { grantee: '@devs', pattern: 'team/**' }
  t.same(noted, [
    { ...from, action: 'group', detail: { change: 'member added', group: 'devs', user: 'alice' } },
    { ...from, action: 'grant', detail: { change: 'granted', ...on, actions: 'pull' } },
    { ...from, action: 'grant', detail: { change: 'revoked', ...on } },
    {
      ...from,
      action: 'group',
      detail: { change: 'member removed', group: 'devs', user: 'alice' },
    },
    { ...from, action: 'group', detail: { change: 'removed', group: 'devs' } },
  ])
})

t.test('what is written down of a token holds no secret, and what is stored neither', async (t) => {
  const { noted, activity } = noting()
  const stored: object[] = []
  const record = { account: 'ci', name: 'ci', robot: true, createdAt: 1, createdBy: 'root' }
  const secrets = {
    tokens: async () => [record],
    createToken: async (token: object) => {
      stored.push(token)
      return record
    },
    rotateToken: async (_account: string, _name: string, secret: object) => {
      stored.push(secret)
      return record
    },
    removeToken: async () => true,
  }
  const tokens = createTokens({ access: { account: async () => undefined }, secrets, activity })
  const scopes = [{ pattern: 'team/**', actions: ['pull'] as const }]
  const made = await tokens.create({ name: 'ci', scopes }, caller)
  const next = await tokens.rotate('ci', 'ci', { overlap: 60 }, caller)
  await tokens.remove('ci', 'ci', caller)
  t.not(made.secret, next.secret)
  const about = { account: 'ci', token: 'ci' }
  t.match(noted, [
    { action: 'token', detail: { change: 'created', ...about, robot: true } },
    { action: 'token', detail: { change: 'rotated', ...about, overlap: 60 } },
    { action: 'token', detail: { change: 'removed', ...about } },
  ])
  t.equal(stored.length, 2)
  t.notMatch(JSON.stringify([noted, stored]), /lht_/)
})
