import t from 'tap'
import {
  algorithmOf,
  digestOf,
  hexOf,
  isDigest,
  parseAlgorithm,
  parseDigest,
} from '../../../src/oci/digest.ts'

const a64 = 'a'.repeat(64)
const a128 = 'a'.repeat(128)

t.test('registered digests are read', async (t) => {
  for (const text of [`sha256:${a64}`, `sha512:${a128}`]) {
    t.ok(isDigest(text), text.slice(0, 12))
    t.equal(parseDigest(text), text)
  }
  t.equal(algorithmOf(parseDigest(`sha512:${a128}`)), 'sha512')
  t.equal(hexOf(parseDigest(`sha256:${a64}`)), a64)
})

t.test('anything else is DIGEST_INVALID', async (t) => {
  const bad = [
    '',
    'sha256',
    'sha256:',
    `sha256:${a64.slice(1)}`,
    `sha256:${a64}a`,
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'g'.repeat(64)}`,
    `sha512:${a64}`,
    `sha384:${'a'.repeat(96)}`,
    `md5:${'a'.repeat(32)}`,
    `SHA256:${a64}`,
    `sha256:${a64}\n`,
    ` sha256:${a64}`,
    `sha256:../../etc/passwd`,
    `sha256:${a64}/..`,
    `__proto__:${a64}`,
  ]
  for (const text of bad) {
    t.throws(() => parseDigest(text), { code: 'DIGEST_INVALID', status: 400 }, JSON.stringify(text))
  }
})

t.test('only computed algorithms are accepted', async (t) => {
  t.equal(parseAlgorithm('sha512'), 'sha512')
  for (const text of ['sha1', 'SHA256', '', 'constructor', '__proto__']) {
    t.throws(() => parseAlgorithm(text), { code: 'DIGEST_INVALID' }, text)
  }
})

t.test('digests are computed over the bytes', async (t) => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  t.equal(digestOf(Buffer.alloc(0)), `sha256:${empty}`)
  t.match(digestOf(Buffer.from('x'), 'sha512'), /^sha512:a4abd4448c49562d/)
})
