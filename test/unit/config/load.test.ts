import { join } from 'node:path'
import t from 'tap'
import { ConfigError } from '../../../config/error.ts'
import { type ConfigSources, flagProblems, loadConfig } from '../../../config/load.ts'
import { describeOrigin } from '../../../config/settings.ts'

function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig(sources)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.messages
    throw error
  }
}

t.test('without any source every key has its default', async (t) => {
  const { config, origins, warnings } = loadConfig({ env: {}, flags: {} })
  t.same(config, {
    http: {
      host: '0.0.0.0',
      port: 5000,
      workers: 0,
      trustedProxies: [],
      idleTimeout: 300_000,
      minRate: 256,
      minRateWindow: 60_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 100_000,
      maxConnections: 10_000,
      maxConnectionsPerAddress: 1000,
      drainDelay: 0,
      drainTimeout: 30_000,
    },
    tls: { clientCertificates: 'none', minVersion: 'tls1.2' },
    auth: {
      mode: 'none',
      anonymousPull: [],
      htpasswdActions: [],
      tokenLifetime: 300_000,
      refreshLifetime: 90 * 86_400_000,
      sessionLifetime: 12 * 3_600_000,
      keyRotation: 30 * 86_400_000,
      failureWindow: 900_000,
      failuresPerAccount: 10,
      failuresPerNetwork: 100,
    },
    limits: { requestsPerSecond: 0, requestBurst: 200, bandwidth: 0 },
    storage: { root: './data' },
    delete: { enabled: true },
    uploads: { expireAfter: 86_400_000, sweepInterval: 900_000 },
    manifests: {
      maxSize: 4_194_304,
      requireBlobs: true,
      requireChildren: false,
      maxReferences: 5000,
    },
    integrity: { verifyAfter: 3_600_000, scrubInterval: 604_800_000, scrubRate: 20_971_520 },
    gc: { grace: 3_600_000, interval: 900_000, untagged: false, keepRuns: 90 * 86_400_000 },
    history: { keep: 7 * 86_400_000, record: 365 * 86_400_000 },
    snapshots: { interval: 86_400_000, keep: 7 },
    pulls: { enabled: true, flushInterval: 30_000 },
    policies: {},
    retention: { interval: 86_400_000 },
    activity: { keep: 90 * 86_400_000, pulls: true },
    lists: { maxPageSize: 1000 },
    log: { level: 'info', format: 'auto' },
  })
  t.notOk('publicUrl' in config.http, 'an optional key without a value is absent')
  t.ok(Object.values(origins).every(({ source }) => source === 'default'))
  t.same(warnings, [])
})

t.test(
  'flag wins over LAYERHOUSE_*, over REGISTRY_*, over the file, over the default',
  async (t) => {
    const folder = t.testdir({ 'a.yaml': 'http:\n  port: 1\n  host: "::1"\n' })
    const file = join(folder, 'a.yaml')
    const registry = { REGISTRY_HTTP_ADDR: '127.0.0.1:2' }
    const ours = { ...registry, LAYERHOUSE_HTTP_PORT: '3' }
    const steps: readonly (readonly [ConfigSources, port: number, host: string, origin: string])[] =
      [
        [{ env: {}, flags: {} }, 5000, '0.0.0.0', 'default'],
        [{ file, env: {}, flags: {} }, 1, '::1', `file ${file}:2`],
        [{ file, env: registry, flags: {} }, 2, '127.0.0.1', 'environment REGISTRY_HTTP_ADDR'],
        [{ file, env: ours, flags: {} }, 3, '127.0.0.1', 'environment LAYERHOUSE_HTTP_PORT'],
        [{ file, env: ours, flags: { port: '4' } }, 4, '127.0.0.1', 'flag --port'],
      ]
    for (const [sources, port, host, origin] of steps) {
      const { config, origins } = loadConfig(sources)
      t.same([config.http.port, config.http.host], [port, host], origin)
      t.equal(describeOrigin(origins['http.port']), origin)
    }
  },
)

t.test('LAYERHOUSE_CONFIG names the file unless the caller does', async (t) => {
  const folder = t.testdir({ a: 'http: { port: 1 }', b: 'http: { port: 2 }' })
  const env = { LAYERHOUSE_CONFIG: join(folder, 'a') }
  t.equal(loadConfig({ env, flags: {} }).config.http.port, 1)
  t.equal(loadConfig({ file: join(folder, 'b'), env, flags: {} }).config.http.port, 2)
  t.equal(loadConfig({ env: { LAYERHOUSE_CONFIG: '' }, flags: {} }).config.http.port, 5000)
})

t.test('the mistakes of every source are reported together', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'http:\n  port: x\n  hots: y\n' })
  const file = join(folder, 'a.yaml')
  const env = {
    LAYERHOUSE_LOG_LEVEL: 'loud',
    LAYERHOUSE_XYZZY: '1',
    REGISTRY_STORAGE_DELETE_ENABLED: 'maybe',
    REGISTRY_STORAGE: 's3',
  }
  const problems = problemsOf({ file, env, flags: { port: '70000' } })
  t.same([...problems].sort(), [
    '--port: "70000" is not a whole number from 0 to 65535',
    `${file}:2: http.port: "x" is not a whole number from 0 to 65535`,
    `${file}:3: unknown key http.hots; did you mean http.host?`,
    'LAYERHOUSE_LOG_LEVEL: "loud" is not one of fatal, error, warn, info, debug, trace, silent',
    'LAYERHOUSE_XYZZY: unknown variable; "layerhouse config print" lists every key',
    'REGISTRY_STORAGE: "s3" is not supported; remove it or write filesystem, and set storage.root',
    'REGISTRY_STORAGE_DELETE_ENABLED: "maybe" is not true or false',
  ])
})

t.test('a value must be valid even where another source overrides it', async (t) => {
  const env = { LAYERHOUSE_HTTP_PORT: 'x' }
  t.match(problemsOf({ env, flags: { port: '1' } }), [/^LAYERHOUSE_HTTP_PORT: "x"/])
})

t.test('the message of the error holds every mistake', async (t) => {
  t.throws(() => loadConfig({ env: {}, flags: { port: 'x', host: 'a b' } }), {
    name: 'ConfigError',
    message: /^--host: .*\n--port: .*$/,
  })
})

t.test('the flags can be checked alone', async (t) => {
  t.same(flagProblems({ port: '1' }), [])
  t.match(flagProblems({ 'log-level': 'loud' }), [/^--log-level: "loud" is not one of/])
})

t.test('warnings are passed on', async (t) => {
  const { warnings } = loadConfig({ env: { REGISTRY_AUTH_TOKEN_REALM: 'x' }, flags: {} })
  t.match(warnings, [/NOT protected/])
})

t.test('the configuration is frozen throughout and shares nothing with the next one', async (t) => {
  const first = loadConfig({ env: {}, flags: {} }).config
  const second = loadConfig({ env: {}, flags: {} }).config
  for (const part of [first, first.http, first.http.trustedProxies]) t.ok(Object.isFrozen(part))
  t.not(first.http.trustedProxies, second.http.trustedProxies)
})
