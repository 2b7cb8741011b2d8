import t from 'tap'
import { notNeeded, readRegistry2, registry2NamesOf } from '../../../config/registry2.ts'

function settings(name: string, value: string) {
  return readRegistry2({ [name]: value }).settings.map(({ key, raw }) => [key.path, raw])
}

const age = 'REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE'
const interval = 'REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_INTERVAL'

const signInAsThere = {
  'auth.mode': 'users',
  'auth.htpasswdActions': 'pull, push, overwrite, delete',
}

const translations: readonly (readonly [name: string, value: string, settings: unknown])[] = [
  ['REGISTRY_HTTP_ADDR', ':5000', { 'http.host': '0.0.0.0', 'http.port': '5000' }],
  ['REGISTRY_HTTP_ADDR', '0.0.0.0:5000', { 'http.host': '0.0.0.0', 'http.port': '5000' }],
  ['REGISTRY_HTTP_ADDR', '[::]:5000', { 'http.host': '::', 'http.port': '5000' }],
  ['REGISTRY_HTTP_ADDR', 'localhost:5001', { 'http.host': 'localhost', 'http.port': '5001' }],
  ['REGISTRY_HTTP_HOST', 'https://a.example/', { 'http.publicUrl': 'https://a.example' }],
  ['REGISTRY_HTTP_DRAINTIMEOUT', '60s', { 'http.drainTimeout': '60s' }],
  ['REGISTRY_HTTP_TLS_CERTIFICATE', '/certs/a.crt', { 'tls.certificate': '/certs/a.crt' }],
  ['REGISTRY_HTTP_TLS_KEY', '/certs/a.key', { 'tls.key': '/certs/a.key' }],
  [
    'REGISTRY_HTTP_TLS_CLIENTCAS_0',
    '/certs/ca.crt',
    { 'tls.clientCa': '/certs/ca.crt', 'tls.clientCertificates': 'required' },
  ],
  ['REGISTRY_HTTP_TLS_MINIMUMTLS', 'tls1.3', { 'tls.minVersion': 'tls1.3' }],
  ['REGISTRY_HTTP_TLS_MINIMUMTLS', 'tls1.0', { 'tls.minVersion': 'tls1.2' }],
  ['REGISTRY_STORAGE', 'filesystem', {}],
  ['REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY', '/data', { 'storage.root': '/data' }],
  ['REGISTRY_STORAGE_DELETE_ENABLED', 'true', { 'delete.enabled': 'true' }],
  [age, '168h', { 'uploads.expireAfter': '168h' }],
  [interval, '24h', { 'uploads.sweepInterval': '24h' }],
  ['REGISTRY_CATALOG_MAXENTRIES', '100', { 'lists.maxPageSize': '100' }],
  ['REGISTRY_AUTH', 'htpasswd', signInAsThere],
  [
    'REGISTRY_AUTH_HTPASSWD_PATH',
    '/auth/htpasswd',
    { ...signInAsThere, 'auth.htpasswd': '/auth/htpasswd' },
  ],
  ['REGISTRY_LOG_LEVEL', 'debug', { 'log.level': 'debug' }],
  ['REGISTRY_LOG_LEVEL', 'WARNING', { 'log.level': 'warn' }],
  ['REGISTRY_LOG_LEVEL', 'panic', { 'log.level': 'fatal' }],
  ['REGISTRY_LOG_FORMATTER', 'text', { 'log.format': 'text' }],
  ['REGISTRY_LOG_FORMATTER', 'logstash', { 'log.format': 'json' }],
]

t.test('the variables people copy are understood', async (t) => {
  for (const [name, value, expected] of translations) {
    t.same(Object.fromEntries(settings(name, value)), expected, `${name}=${value}`)
    const { problems, warnings } = readRegistry2({ [name]: value })
    t.same([problems, warnings], [[], []])
  }
})

const refused: readonly (readonly [name: string, value: string, problem: RegExp])[] = [
  ['REGISTRY_HTTP_ADDR', '5000', /"5000" is not an address with a port; write one such as :5000/],
  ['REGISTRY_HTTP_ADDR', 'localhost', /is not an address with a port/],
  ['REGISTRY_HTTP_ADDR', '::1:5000', /is not an address with a port/],
  ['REGISTRY_AUTH', 'token', /"token" is not supported; remove it or write htpasswd, or set auth/],
  ['REGISTRY_AUTH', 'silly', /"silly" is not supported/],
  ['REGISTRY_AUTH', 'HTPASSWD', /"HTPASSWD" is not supported/],
  ['REGISTRY_HTTP_TLS_MINIMUMTLS', '1.2', /"1.2" is no version of TLS; write tls1.2 or tls1.3/],
  ['REGISTRY_STORAGE', 's3', /"s3" is not supported; remove it or write filesystem/],
]

t.test('a value that cannot be translated is a mistake that names the variable', async (t) => {
  for (const [name, value, problem] of refused) {
    const { settings: found, problems } = readRegistry2({ [name]: value })
    t.same(found, [])
    t.match(problems, [problem])
    t.ok(problems[0]?.startsWith(`${name}: `))
  }
})

const quiet: readonly (readonly [name: string, value: string])[] = [
  ...notNeeded.map((name) => [name, 'x'] as const),
  ['REGISTRY_HTTP_ADDR', ''],
  ['REGISTRY_AUTH', ''],
  ['REGISTRY_PORT', 'tcp://10.96.0.7:5000'],
  ['REGISTRY_PORT', '5000'],
  ['REGISTRY_SERVICE_HOST', '10.96.0.7'],
  ['REGISTRY_SERVICE_PORT', '5000'],
  ['REGISTRY_SERVICE_PORT_HTTP', '5000'],
  ['REGISTRY_PORT_5000_TCP', 'tcp://10.96.0.7:5000'],
  ['REGISTRY_PORT_5000_TCP_ADDR', '10.96.0.7'],
  ['REGISTRY_AUTH_SERVICE_HOST', '10.96.0.8'],
  ['REGISTRY_AUTH_PORT', 'tcp://10.96.0.8:80'],
  ['MY_REGISTRY_AUTH', 'x'],
]

t.test('nothing is said about what is not needed or not meant for us', async (t) => {
  for (const [name, value] of quiet) {
    const expected = { settings: [], problems: [], warnings: [] }
    t.same(readRegistry2({ [name]: value }), expected, `${name}=${value}`)
  }
})

const warned: readonly (readonly [name: string, warning: RegExp])[] = [
  ['REGISTRY_AUTH_TOKEN_SERVICE', /ignored: the registry is NOT protected by it; set auth\.mode/],
  ['REGISTRY_HTTP_TLS_LETSENCRYPT_EMAIL', /NO certificate is asked for/],
  ['REGISTRY_HTTP_TLS_CLIENTCAS_1', /NOT taken/],
  ['REGISTRY_PROXY_REMOTEURL', /does NOT mirror/],
  ['REGISTRY_NOTIFICATIONS_ENDPOINTS', /NO notifications are sent/],
  ['REGISTRY_STORAGE_S3_BUCKET', /NOT kept in S3 but under storage\.root/],
  ['REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_DRYRUN', /ARE removed/],
  ['REGISTRY_AUTHOR', /: not understood, ignored$/],
  ['REGISTRY_LOG_FIELDS_SERVICE', /: not understood, ignored$/],
  ['REGISTRY_constructor', /: not understood, ignored$/],
]

t.test('anything else is named in a warning that says what does not happen', async (t) => {
  for (const [name, warning] of warned) {
    const { settings: found, problems, warnings } = readRegistry2({ [name]: 'secret' })
    t.same([found, problems], [[], []], name)
    t.match(warnings, [warning], name)
    t.ok(warnings[0]?.startsWith(`${name}: not understood, ignored`))
    t.notMatch(warnings[0], /secret/, 'the warning does not show the value')
  }
})

t.test('warnings come sorted by name', async (t) => {
  const { warnings } = readRegistry2({ REGISTRY_PROXY_TTL: '1', REGISTRY_AUTH_TOKEN_REALM: 'x' })
  t.match(warnings, [/^REGISTRY_AUTH_TOKEN_REALM:/, /^REGISTRY_PROXY_TTL:/])
})

t.test('the names for a key are known to the reference page', async (t) => {
  t.same(registry2NamesOf('http.port'), ['REGISTRY_HTTP_ADDR'])
  t.same(registry2NamesOf('manifests.maxSize'), [])
})
