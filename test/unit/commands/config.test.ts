import { join } from 'node:path'
import t from 'tap'
import type { Environment } from '../../../config/environment.ts'
import { keys } from '../../../config/keys.ts'
import { config } from '../../../src/commands/config.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { createWorld } from './world.ts'

async function run(args: readonly string[], env: Environment = {}) {
  const world = createWorld(env)
  const code = await dispatch('layerhouse', [config], ['config', ...args], world.io)
  return { code, stdout: world.stdout(), stderr: world.stderr() }
}

t.test('config print shows every value with its origin, in columns', async (t) => {
  const folder = t.testdir({ 'a.yaml': '\nmanifests:\n  maxSize: 8388608\n' })
  const file = join(folder, 'a.yaml')
  const { code, stdout, stderr } = await run(
    ['print', '--config', file, '--root=/srv', '--log-level', 'debug'],
    { LAYERHOUSE_HTTP_PORT: '5001', REGISTRY_STORAGE_DELETE_ENABLED: 'false' },
  )
  t.equal(code, 0)
  t.equal(stderr, '')
  const rows = stdout.trimEnd().split('\n')
  t.same(
    rows.map((row) => row.split(' ')[0]),
    keys.map(({ path }) => path),
  )
  const starts = rows.map((row) => /^\S+ +(?=\S)/.exec(row)?.[0].length)
  t.equal(new Set(starts).size, 1, 'the values stand below each other')
  for (const row of [
    'http.port 5001 environment LAYERHOUSE_HTTP_PORT',
    'http.publicUrl none default',
    'http.trustedProxies [] default',
    'http.idleTimeout 5m default',
    'storage.root /srv flag --root',
    'delete.enabled false environment REGISTRY_STORAGE_DELETE_ENABLED',
    `manifests.maxSize 8MiB file ${file}:3`,
    'log.level debug flag --log-level',
  ]) {
    t.ok(rows.map((each) => each.replace(/ +/g, ' ')).includes(row), row)
  }
})

t.test('config print --json gives loaded values and origins by key', async (t) => {
  const { code, stdout } = await run(['print', '--json', '--host', '::1', '--port', '0'])
  t.equal(code, 0)
  const printed = JSON.parse(stdout)
  t.same(
    Object.keys(printed),
    keys.map(({ path }) => path),
  )
  t.same(printed['http.port'], { value: 0, origin: { source: 'flag', name: '--port' } })
  t.same(printed['http.idleTimeout'], { value: 300_000, origin: { source: 'default' } })
  t.same(printed['http.publicUrl'], { value: null, origin: { source: 'default' } })
})

t.test('config print puts warnings beside the result', async (t) => {
  const { code, stdout, stderr } = await run(['print', '--json'], {
    REGISTRY_AUTH_TOKEN_REALM: 'x',
  })
  t.equal(code, 0)
  t.match(stderr, /^warning: REGISTRY_AUTH_TOKEN_REALM: .*NOT protected/)
  t.ok(JSON.parse(stdout))
})

const failures: readonly (readonly [args: string[], env: Environment, code: number, RegExp])[] = [
  [['print', '--prot', '1'], {}, 2, /unknown flag --prot; did you mean --port\?/],
  [['print', '--port', 'x', '--host', 'a:1'], {}, 2, /print: --host: .*\n.*print: --port: "x" is/],
  [['print', '--config='], {}, 2, /--config needs a value/],
  [['print', 'file'], {}, 2, /unexpected argument "file"/],
  [['print', '--config', '/nowhere'], {}, 1, /^\/nowhere: .* no such file/],
  [['print'], { LAYERHOUSE_CONFIG: '/nowhere' }, 1, /^\/nowhere: .* no such file/],
  [['print'], { LAYERHOUSE_HTTP_PORT: 'x' }, 1, /^LAYERHOUSE_HTTP_PORT: "x" is not a whole number/],
  [['check'], {}, 2, /FILE is missing/],
  [['check', '/nowhere'], {}, 1, /^\/nowhere: .* no such file/],
]

t.test('a wrong flag is a usage error, a wrong configuration a failure', async (t) => {
  for (const [args, env, expected, message] of failures) {
    const { code, stdout, stderr } = await run(args, env)
    t.equal(code, expected, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, message)
  }
})

t.test('config check judges the file alone', async (t) => {
  const folder = t.testdir({
    'good.yaml': 'http:\n  port: 5001\n',
    'bad.yaml': 'http:\n  prot: 5001\n  port: x\n',
  })
  const good = join(folder, 'good.yaml')
  const env = {
    LAYERHOUSE_HTTP_PORT: 'x',
    REGISTRY_AUTH: 'token',
    LAYERHOUSE_CONFIG: '/nowhere',
  }
  t.same(await run(['check', good], env), { code: 0, stdout: `${good}: ok\n`, stderr: '' })
  const { code, stdout, stderr } = await run(['check', join(folder, 'bad.yaml')])
  t.same([code, stdout], [1, ''])
  t.match(stderr, /bad\.yaml:2: unknown key http\.prot; did you mean http\.port\?\n/)
  t.match(stderr, /bad\.yaml:3: http\.port: "x" is not a whole number from 0 to 65535\n/)
})
