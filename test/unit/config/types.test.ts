import t from 'tap'
import { loadConfig } from '../../../config/load.ts'
import type { Config, KeyPath } from '../../../config/schema.ts'

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** The compiler refuses this file when a type below is no longer what it says. */
const expected: {
  level: Same<
    Config['log']['level'],
    'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  >
  duration: Same<Config['http']['idleTimeout'], number>
  optional: Same<Config['http']['publicUrl'], string | undefined>
  list: Same<Config['http']['trustedProxies'], readonly string[]>
  path: Same<'http.port', Extract<KeyPath, 'http.port' | 'http' | 'http.prot'>>
  closed: string extends KeyPath ? false : true
} = { level: true, duration: true, optional: true, list: true, path: true, closed: true }

t.test('the loaded configuration has the types of its schema', async (t) => {
  const { http, log } = loadConfig({ env: {}, flags: {} }).config
  t.ok(Object.values(expected).every(Boolean))
  t.type(http.idleTimeout, 'number')
  t.type(log.level, 'string')
  // @ts-expect-error A loaded configuration is not changed.
  const change = () => http.trustedProxies.push('10.0.0.1')
  t.throws(change, TypeError)
})
