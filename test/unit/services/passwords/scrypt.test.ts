import t from 'tap'
import {
  fitsScrypt,
  hashWithScrypt,
  presentCost,
  readScrypt,
} from '../../../../src/services/passwords/scrypt.ts'

const cheap = { logN: 4, r: 8, p: 1 }

t.test('what a hash costs is written in it', async (t) => {
  t.same(presentCost, { logN: 15, r: 8, p: 3 })
  const text = await hashWithScrypt('correct horse', cheap)
  t.match(text, /^\$scrypt\$ln=4,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  t.same(readScrypt(text)?.cost, cheap)
})

t.test('a password fits its own hash alone, to the last byte', async (t) => {
  const password = `${'ä'.repeat(500)}x`
  const hash = readScrypt(await hashWithScrypt(password, cheap))
  t.equal(hash && (await fitsScrypt(hash, password)), true)
  for (const other of [password.slice(0, -1), `${'ä'.repeat(500)}y`, `${password} `, '']) {
    t.equal(hash && (await fitsScrypt(hash, other)), false)
  }
})

t.test('the same password has another hash each time', async (t) => {
  t.not(await hashWithScrypt('same', cheap), await hashWithScrypt('same', cheap))
})

t.test('a hash that was made elsewhere fits', async (t) => {
  // Python's hashlib.scrypt, of the same parameters and salt.
  const made =
    '$scrypt$ln=15,r=8,p=3$U29kaXVtQ2hsb3JpZGUhIQ$y4xXtcSxFNfmaT6GV8eGBJZyf63Ciits4t8HPJ3PY80'
  const hash = readScrypt(made)
  t.equal(hash && (await fitsScrypt(hash, 'correct horse battery')), true)
  t.equal(hash && (await fitsScrypt(hash, 'correct horse batterx')), false)
})

t.test('what is no hash of ours, or would take too much memory, is none', async (t) => {
  const rest = `$${'A'.repeat(22)}$${'A'.repeat(43)}`
  const cases = [
    '',
    `$scrypt$ln=15,r=8,p=3`,
    `$scrypt$ln=15,r=8,p=3$${'A'.repeat(21)}$${'A'.repeat(43)}`,
    `$scrypt$ln=0,r=8,p=1${rest}`,
    `$scrypt$ln=31,r=8,p=1${rest}`,
    `$scrypt$ln=18,r=8,p=1${rest}`,
    `$scrypt$ln=15,r=64,p=1${rest}`,
    `$scrypt$ln=15,r=8,p=17${rest}`,
    `$argon2id$v=19$m=19456,t=2,p=1${rest}`,
    `$scrypt$ln=15,r=8,p=3${rest}x`,
  ]
  for (const text of cases) t.equal(readScrypt(text), undefined, text)
  t.ok(readScrypt(`$scrypt$ln=17,r=8,p=1${rest}`))
})
