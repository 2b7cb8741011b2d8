import t from 'tap'
import {
  type Environment,
  processEnvironment,
  readEnvironment,
} from '../../../config/environment.ts'
import { keys } from '../../../config/keys.ts'

function settings(environment: Environment) {
  return readEnvironment(environment).settings.map(({ key, raw }) => [key.path, raw])
}

t.test('every key can be set by its variable', async (t) => {
  for (const { path, variable } of keys) t.same(settings({ [variable]: ' x ' }), [[path, 'x']])
})

t.test('an origin names the variable', async (t) => {
  const [setting] = readEnvironment({ LAYERHOUSE_HTTP_PORT: '1' }).settings
  t.same(setting?.origin, { source: 'environment', name: 'LAYERHOUSE_HTTP_PORT' })
})

const silent: readonly Environment[] = [
  { PATH: '/bin', HTTP_PORT: '1' },
  { LAYERHOUSE_HTTP_PORT: '' },
  { LAYERHOUSE_HTTP_PORT: undefined },
  { LAYERHOUSE_CONFIG: '/etc/layerhouse.yaml' },
  { LAYERHOUSE_PORT: 'tcp://10.96.0.7:5000' },
  { LAYERHOUSE_SERVICE_HOST: '10.96.0.7' },
  { LAYERHOUSE_SERVICE_PORT: '5000' },
  { LAYERHOUSE_SERVICE_PORT_HTTP: '5000' },
  { LAYERHOUSE_PORT_5000_TCP: 'tcp://10.96.0.7:5000' },
  { LAYERHOUSE_PORT_5000_TCP_ADDR: '10.96.0.7' },
  { LAYERHOUSE_PORT_5000_TCP_PORT: '5000' },
  { LAYERHOUSE_PORT_5000_TCP_PROTO: 'tcp' },
  { LAYERHOUSE_HTTP_PORT: 'tcp://10.96.0.8:80' },
]

t.test('other programs, empty variables and Kubernetes services set nothing', async (t) => {
  for (const environment of silent) {
    const expected = { settings: [], problems: [], warnings: [] }
    t.same(readEnvironment(environment), expected, JSON.stringify(environment))
  }
})

const unknown: readonly (readonly [name: string, problem: string | RegExp])[] = [
  ['LAYERHOUSE_HTTP_PROT', /: unknown variable; did you mean LAYERHOUSE_HTTP_PORT\?$/],
  ['LAYERHOUSE_PORT', /: unknown variable; did you mean LAYERHOUSE_HTTP_PORT\?$/],
  ['LAYERHOUSE_HTTP_PUBLICURL', /; did you mean LAYERHOUSE_HTTP_PUBLIC_URL\?$/],
  ['LAYERHOUSE_ROOT', /; did you mean LAYERHOUSE_STORAGE_ROOT\?$/],
  ['LAYERHOUSE_CONFIG_FILE', /; did you mean LAYERHOUSE_CONFIG\?$/],
  ['LAYERHOUSE_HTTP_port', /; did you mean LAYERHOUSE_HTTP_PORT\?$/],
  ['LAYERHOUSE_ZZZZZZ', /: unknown variable; "layerhouse config print" lists every key$/],
]

t.test('an unknown variable is a mistake that names the nearest known one', async (t) => {
  for (const [name, problem] of unknown) {
    const { problems } = readEnvironment({ [name]: 'secret' })
    t.match(problems, [problem], name)
    t.match(problems[0], new RegExp(`^${name}:`), 'the message begins with the name')
    t.notMatch(problems[0], /secret/, 'the message does not show the value')
  }
})

t.test('the process has an environment', async (t) => {
  t.equal(processEnvironment()['PATH'], process.env['PATH'])
})
