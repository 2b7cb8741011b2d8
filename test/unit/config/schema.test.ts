import t from 'tap'
import { Value } from 'typebox/value'
import { findKey, keyOf, keys, variableOf } from '../../../config/keys.ts'
import { rulesOf } from '../../../config/kinds.ts'

t.test('every key has one line of description that ends in a full stop', async (t) => {
  for (const { path, field } of keys) t.match(field.description, /^[A-Z].*\.$/, path)
})

const withoutDefault = [
  'http.publicUrl',
  'tls.certificate',
  'tls.key',
  'tls.clientCa',
  'tls.ca',
  'auth.htpasswd',
  'storage.minFree',
  'policies.file',
]

t.test('every default is valid, and only optional keys have none', async (t) => {
  for (const { path, field } of keys) {
    if (withoutDefault.includes(path)) t.equal(field.default, undefined, path)
    else t.ok(Value.Check(field, field.default), path)
  }
})

t.test('a default is read back from the way it is written', async (t) => {
  for (const { path, field } of keys.filter((key) => key.field.default !== undefined)) {
    const { read, write } = rulesOf(field)
    const written = write(field.default)
    t.same(read(written === '[]' ? '' : written), field.default, `${path} ${written}`)
  }
})

t.test('every key has a variable of its own', async (t) => {
  t.equal(new Set(keys.map(({ variable }) => variable)).size, keys.length)
})

const variables: readonly (readonly [path: string, variable: string])[] = [
  ['http.port', 'LAYERHOUSE_HTTP_PORT'],
  ['http.publicUrl', 'LAYERHOUSE_HTTP_PUBLIC_URL'],
  ['uploads.expireAfter', 'LAYERHOUSE_UPLOADS_EXPIRE_AFTER'],
]

t.test('a variable is named after its key, words apart', async (t) => {
  for (const [path, variable] of variables) t.equal(variableOf(path), variable)
})

t.test('a key is found by its full name only', async (t) => {
  t.equal(findKey('http.port')?.path, 'http.port')
  t.equal(findKey('http'), undefined)
  t.equal(findKey('__proto__'), undefined)
  t.equal(keyOf('http.port'), findKey('http.port'))
})
