import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { basicOf, startGuarded } from '../../helpers/access.ts'
import { pushImage } from '../../helpers/push.ts'

/** Texts that nobody but their owner may ever read again. */
const typed = {
  password: 'correct-horse-battery-staple',
  nameAsPassword: 'hunter2-typed-as-name',
  bearer: 'eyJhbGciOiJub25lIn0.c2VjcmV0LWJlYXJlcg.c2lnbmF0dXJl',
  refresh: `lhr_${'r'.repeat(43)}`,
  session: `lhs_${'s'.repeat(43)}`,
  operator: `lho_${'o'.repeat(43)}`,
  query: 'secret-in-a-query',
  state: 'secret-upload-state',
  form: 'secret-in-a-form',
}

t.test('no secret is written to the log, the activity log or the database', async (t) => {
  const registry = await startGuarded(t, { env: { LAYERHOUSE_LOG_LEVEL: 'debug' } })
  const admin = await registry.person('root', { admin: true })
  const grants = { 'team/**': ['pull', 'push'] as const }
  const ann = await registry.person('ann', { grants })
  const robot = await registry.robot('ci', [{ pattern: 'team/**', actions: ['pull'] }])
  const bearer = await registry.bearer(ann.basic, 'repository:team/app:pull,push')

  await pushImage(registry.as(ann.basic), 'team/app', 'v1')
  const pull = '/v2/team/app/manifests/v1'
  const attempts: readonly (readonly [method: string, path: string, authorization?: string])[] = [
    ['GET', pull, robot.basic],
    ['GET', pull, bearer],
    ['GET', pull, `Bearer ${ann.secret}`],
    ['GET', pull, basicOf('ann', typed.password)],
    ['GET', pull, basicOf(typed.nameAsPassword, 'x')],
    ['GET', pull, basicOf(ann.secret, ann.secret)],
    ['GET', pull, `Bearer ${typed.bearer}`],
    ['GET', pull, `Bearer ${typed.operator}`],
    ['GET', pull, `Basic ${typed.query}`],
    ['GET', `/v2/private/app/manifests/v1?token=${typed.query}`, ann.basic],
    ['PATCH', `/v2/team/app/blobs/uploads/none?_state=${typed.state}`, ann.basic],
    ['PUT', `/v2/team/app/blobs/uploads/none?_state=${typed.state}&digest=x`, ann.basic],
    ['GET', `/token?account=ann&password=${typed.query}`, basicOf('ann', typed.password)],
    ['GET', `/token?service=layerhouse&scope=${typed.query}`, ann.basic],
    ['GET', `/api/v1/repos?password=${typed.query}`, ann.basic],
    ['GET', `/nowhere?secret=${typed.query}`, ann.basic],
  ]
  for (const [method, path, authorization] of attempts) {
    const { status } = await registry.as(authorization)(method, path, {
      headers: { cookie: `layerhouse=${typed.session}; __Host-layerhouse=${typed.session}` },
    })
    t.ok(status < 500, `${method} ${path.split('?', 1)[0]}: ${status}`)
  }
  const form = new URLSearchParams({
    grant_type: 'password',
    service: 'layerhouse',
    client_id: 'test',
    username: 'ann',
    password: typed.form,
    refresh_token: typed.refresh,
  })
  await registry.request('POST', '/token', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `${form}`,
  })
  const told = await registry.as(admin.basic)('GET', '/api/v1/activity/export')
  await sleep(50)
  await registry.stop()

  const secrets = Object.entries({
    ...typed,
    annToken: ann.secret,
    annBasic: ann.basic.slice('Basic '.length),
    robotToken: robot.secret,
    adminToken: admin.secret,
    signed: bearer.slice('Bearer '.length),
    signature: bearer.slice(bearer.lastIndexOf('.') + 1),
  })
  const files = (await readdir(registry.root)).filter((name) => name.startsWith('metadata.db'))
  const database = await Promise.all(
    files.map((name) => readFile(join(registry.root, name), 'latin1')),
  )
  const places = {
    log: JSON.stringify(registry.log),
    'activity log': told.text,
    database: database.join(''),
  }
  t.match(told.text, /"action":"sign-in-failed"/, 'failures were noted')
  t.ok(registry.log.length > attempts.length, 'requests were logged')
  t.ok(places.database.includes('team/app'), 'the database was read')
  for (const [place, text] of Object.entries(places)) {
    for (const [secret, value] of secrets) t.notOk(text.includes(value), `${secret}: ${place}`)
  }
})
