import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

const secretName = String.raw`[\w.?]*(?:secret|hash|password|csrf|signature|proof)\w*`
const comparison = new RegExp(`${secretName} *[!=]== *|[!=]== *${secretName}`, 'i')
const harmless = /[!=]== *(?:undefined|''|\d)|typeof/

/** What is stored against what is stored, or what somebody has typed twice. */
const known: readonly string[] = [
  'src/commands/password.ts',
  'src/services/htpasswd/mounted.ts',
  'src/services/sign-in/passwords.ts',
]

t.test('what somebody sends is not compared with a secret character by character', async (t) => {
  const files = ['src', 'routes', 'storage'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  )
  t.ok(files.length > 300)
  const found = files.filter((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => comparison.test(line) && !harmless.test(line)),
  )
  t.same(found.sort(), known)
  const constant = files.filter((file) => /\btimingSafeEqual\(/.test(readFileSync(file, 'utf8')))
  t.same(constant.sort(), [
    'src/services/operator.ts',
    'src/services/passwords/scrypt.ts',
    'src/services/sessions/secret.ts',
    'src/services/set-up/code.ts',
  ])
})
