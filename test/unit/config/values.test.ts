import t from 'tap'
import { keyOf } from '../../../config/keys.ts'
import type { KeyPath } from '../../../config/schema.ts'
import { readValue } from '../../../config/values.ts'

function read(path: KeyPath, raw: unknown) {
  return readValue({ key: keyOf(path), raw, origin: { source: 'flag', name: '--it' } })
}

const good: readonly (readonly [path: KeyPath, raw: unknown, value: unknown])[] = [
  ['http.port', 5001, 5001],
  ['http.port', ' 0 ', 0],
  ['http.port', '65535', 65_535],
  ['http.host', ' ::1\r', '::1'],
  ['storage.root', '/var/lib/registry', '/var/lib/registry'],
  ['delete.enabled', false, false],
  ['delete.enabled', 'TRUE', true],
  ['delete.enabled', 'off', false],
  ['delete.enabled', '1', true],
  ['http.trustedProxies', '10.0.0.1, ::1,', ['10.0.0.1', '::1']],
  ['http.trustedProxies', ['10.0.0.0/8'], ['10.0.0.0/8']],
  ['http.trustedProxies', '', []],
  ['http.idleTimeout', '1h30m', 5_400_000],
  ['http.idleTimeout', 0, 0],
  ['manifests.maxSize', 4096, 4096],
  ['manifests.maxSize', '4MiB', 4_194_304],
  ['log.level', 'debug', 'debug'],
]

t.test('a value is read into its loaded form', async (t) => {
  for (const [path, raw, value] of good) {
    t.same(read(path, raw), { ok: true, value }, `${path} ${JSON.stringify(raw)}`)
  }
})

const bad: readonly (readonly [path: KeyPath, raw: unknown, problem: string | RegExp])[] = [
  ['http.port', 65_536, '--it: 65536 is not a whole number from 0 to 65535'],
  ['http.port', '-1', '--it: "-1" is not a whole number from 0 to 65535'],
  ['http.port', 1.5, '--it: 1.5 is not a whole number from 0 to 65535'],
  ['http.port', '5000x', '--it: "5000x" is not a whole number from 0 to 65535'],
  ['http.port', '', '--it: the value is empty'],
  ['http.port', [5000], '--it: the value is not a whole number from 0 to 65535'],
  ['http.port', { a: 1 }, '--it: the value is not a whole number from 0 to 65535'],
  ['http.host', 5, '--it: 5 is not text; put it in quotes'],
  ['storage.root', '  ', '--it: the value is empty'],
  ['delete.enabled', 'maybe', '--it: "maybe" is not true or false'],
  ['log.level', 'loud', /^--it: "loud" is not one of fatal, error, .*, silent$/],
  ['log.level', true, /^--it: true is not one of fatal/],
  ['http.headersTimeout', '0', '--it: "0" is not a duration from 1ms to 24d'],
  ['http.idleTimeout', '25d', '--it: "25d" is not a duration from 0s to 24d'],
  ['http.idleTimeout', 300, '--it: "300" has no unit; write 300s, 300m or 300h'],
  ['http.idleTimeout', true, '--it: true is not a duration from 0s to 24d'],
  ['uploads.sweepInterval', '10ms', '--it: "10ms" is not a duration from 1s to 24d'],
  ['manifests.maxSize', '1GB', '--it: "1GB" is not a size from 1KiB to 64MiB'],
  ['manifests.maxSize', -1, /^--it: "-1" is not a size; write bytes/],
  ['http.trustedProxies', [5], '--it: the value is not a list of texts'],
  ['http.trustedProxies', { a: 1 }, '--it: the value is not a list of texts'],
  ['http.trustedProxies', '10.0.0.1,0.0.0.0/0,::/0', /"0\.0\.0\.0\/0" would .*; "::\/0" would/],
  ['http.publicUrl', 'registry', /^--it: "registry" is not an absolute http or https URL/],
]

t.test('a value that does not fit is refused with the place and the cure', async (t) => {
  for (const [path, raw, problem] of bad) {
    const result = read(path, raw)
    const title = `${path} ${JSON.stringify(raw)}`
    if (result.ok) t.fail(`${title} is accepted`)
    else t.match(result.problem, problem, title)
  }
})
