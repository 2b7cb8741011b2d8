import { pino } from 'pino'
import t from 'tap'
import { loadConfig } from '../../config/load.ts'
import { buildApp, type Services } from '../../src/app.ts'

/** Services that all fail in one way. */
function failingServices(code: string): Services {
  const fail = async (): Promise<never> => {
    const message = 'SQLITE_ERROR in /var/lib/registry/metadata.db: SELECT secret'
    throw Object.assign(new Error(message), { code })
  }
  const failing = new Proxy({}, { get: () => fail })
  return {
    blobs: failing,
    catalog: failing,
    health: failing,
    manifests: failing,
    referrers: failing,
    uploads: failing,
  } as unknown as Services
}

t.test('an unforeseen failure tells the client nothing but where to look', async (t) => {
  const lines: string[] = []
  const { config } = loadConfig({ env: {}, flags: {} })
  const logger = pino({ level: 'error' }, { write: (line: string) => lines.push(line) })
  const app = buildApp(config, failingServices('EIO'), logger)
  t.teardown(() => app.close())
  for (const url of ['/v2/_catalog', '/v2/a/tags/list', '/v1/search?q=a', '/readyz']) {
    const answer = await app.inject({ url })
    t.equal(answer.statusCode, 500, url)
    t.match(answer.json(), { errors: [{ code: 'UNKNOWN', detail: { requestId: String } }] }, url)
    t.notMatch(answer.body, /SELECT|SQLITE|var\/lib/, url)
  }
  t.match(lines.join(''), /SELECT secret/, 'the log tells why')
})

t.test('a full disk is said in words, and may be tried again', async (t) => {
  const { config } = loadConfig({ env: {}, flags: {} })
  for (const code of ['ENOSPC', 'EDQUOT', 'SQLITE_FULL']) {
    const app = buildApp(config, failingServices(code), pino({ level: 'silent' }))
    const answer = await app.inject({ method: 'POST', url: '/v2/a/blobs/uploads/' })
    t.equal(answer.statusCode, 507, code)
    t.match(answer.json(), { errors: [{ code: 'UNAVAILABLE', message: /disk is full; free/ }] })
    t.notMatch(answer.body, /SELECT|var\/lib/)
    await app.close()
  }
})
