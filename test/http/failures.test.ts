import { pino } from 'pino'
import t from 'tap'
import { loadConfig } from '../../config/load.ts'
import { buildApp, type Services } from '../../src/app.ts'
import { createDrain } from '../../src/plugins/drain.ts'
import { createRoom } from '../../src/services/room.ts'

/** Services that all fail in one way. */
function failingServices(code: string): Services {
  const fail = async (): Promise<never> => {
    const message = 'SQLITE_ERROR in /var/lib/registry/metadata.db: SELECT secret'
    throw Object.assign(new Error(message), { code })
  }
  const failing = new Proxy({}, { get: () => fail })
  const space = async () => ({ free: 3 << 20, total: 48 << 20 })
  return {
    blobs: failing,
    catalog: failing,
    health: failing,
    manifests: failing,
    referrers: failing,
    room: createRoom({ uploadStore: { space } }),
    uploads: failing,
  } as unknown as Services
}

t.test('an unforeseen failure tells the client nothing but where to look', async (t) => {
  const lines: string[] = []
  const { config } = loadConfig({ env: {}, flags: {} })
  const logger = pino({ level: 'error' }, { write: (line: string) => lines.push(line) })
  const app = buildApp(config, failingServices('SQLITE_CORRUPT'), logger, createDrain())
  t.teardown(() => app.close())
  for (const url of ['/v2/_catalog', '/v2/a/tags/list', '/v1/search?q=a', '/readyz']) {
    const answer = await app.inject({ url })
    t.equal(answer.statusCode, 500, url)
    t.match(answer.json(), { errors: [{ code: 'UNKNOWN', detail: { requestId: String } }] }, url)
    t.notMatch(answer.body, /SELECT|SQLITE|var\/lib/, url)
  }
  t.match(lines.join(''), /SELECT secret/, 'the log tells why')
})

/** What a store's error means to a client. */
const diskFailures = [
  { code: 'ENOSPC', status: 507, message: /no room for this: 3 MiB of 48 MiB are free/ },
  { code: 'SQLITE_FULL', status: 507, message: /no room for this: 3 MiB of 48 MiB are free/ },
  { code: 'EROFS', status: 503, message: /disk is read-only/ },
  { code: 'SQLITE_READONLY', status: 503, message: /disk is read-only/ },
  { code: 'EIO', status: 503, message: /disk reports errors/ },
  { code: 'SQLITE_IOERR_FSYNC', status: 503, message: /disk reports errors/ },
  { code: 'EMFILE', status: 503, message: /too many files open/, retryAfter: '1' },
]

for (const { code, status, message, retryAfter } of diskFailures) {
  t.test(`${code} is said in words, and the details go to the log`, async (t) => {
    const { config } = loadConfig({ env: {}, flags: {} })
    const lines: string[] = []
    const logger = pino({ level: 'error' }, { write: (line: string) => lines.push(line) })
    const app = buildApp(config, failingServices(code), logger, createDrain())
    t.teardown(() => app.close())
    for (const [method, url] of [
      ['POST', '/v2/a/blobs/uploads/'],
      ['DELETE', '/v2/a/manifests/tag'],
      ['GET', '/v2/a/manifests/tag'],
    ] as const) {
      const answer = await app.inject({ method, url })
      t.equal(answer.statusCode, status, method)
      t.equal(answer.headers['retry-after'], retryAfter)
      t.match(answer.headers['content-type'], /^application\/json/)
      t.match(answer.json(), { errors: [{ code: 'UNAVAILABLE', message }] })
      t.notMatch(answer.body, /SELECT|var\/lib/)
    }
    t.match(lines.join(''), /SELECT secret/)
  })
}
