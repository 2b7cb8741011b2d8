import { hashSync } from 'bcryptjs'
import t from 'tap'
import { importHtpasswd } from '../../../../src/services/htpasswd/import.ts'
import { parseHtpasswd } from '../../../../src/services/htpasswd/parse.ts'
import type { NewAccount } from '../../../../storage/metadata/access/store.ts'

const hash = hashSync('correct', 4)
const of = (form: string) => hash.replace('$2b$', form)

t.test('lines name:hash are read, in every form of bcrypt', async (t) => {
  const text = `\uFEFF# made by hand\r\nann:${of('$2y$')}\r\n\n  bob:${of('$2a$')}  \nCarl:${of('$2b$')}`
  const { users, problems } = parseHtpasswd(text)
  t.same(problems, [])
  t.same(
    [...users],
    [
      ['ann', of('$2y$')],
      ['bob', of('$2a$')],
      ['carl', of('$2b$')],
    ],
  )
})

const refused: readonly (readonly [line: string, message: RegExp])[] = [
  ['ann', /no colon/],
  ['ann:', /bcrypt alone is taken: make it anew with htpasswd -B/],
  ['ann:$apr1$abcdefgh$0123456789abcdefghijkl', /kept as MD5/],
  ['ann:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=', /kept as SHA-1/],
  ['ann:$5$rounds=5000$x$y', /kept as SHA-256/],
  ['ann:$6$x$y', /kept as SHA-512/],
  ['ann:rqXexS6ZhobKA', /kept as crypt, or not a hash/],
  ['ann:plaintext', /kept as crypt, or not a hash/],
  [`ann:${of('$2x$')}`, /form of bcrypt that is not taken/],
  [`ann:${hash.replace('$04$', '$31$')}`, /form of bcrypt that is not taken/],
  [`ann:${hash.slice(0, -1)}`, /form of bcrypt that is not taken/],
  [`ann:${hash}:more`, /form of bcrypt that is not taken/],
  [`:${hash}`, /can be no name/],
  [`an n:${hash}`, /can be no name/],
  [`../x:${hash}`, /can be no name/],
  [`operator:${hash}`, /reserved/],
  [`bob:${hash}`, /bob is there already/],
  [`BOB:${hash}`, /bob is there already/],
]

t.test('a line that can not be taken is named, and the others are', async (t) => {
  for (const [line, message] of refused) {
    const { users, problems } = parseHtpasswd(`bob:${hash}\n${line}\nzoe:${hash}\n`)
    t.same([...users.keys()], ['bob', 'zoe'], line)
    t.match(problems, [{ line: 2, message }])
    t.notMatch(problems[0]?.message, /\$2b|rqX|apr1|qUqP|plaintext/, 'no hash is shown')
  }
})

t.test('importing makes accounts with the hashes as they are', async (t) => {
  const made: NewAccount[] = []
  const access = {
    async createAccount(account: NewAccount) {
      if (account.name === 'bob') return undefined
      made.push(account)
      const { passwordHash: _, ...rest } = account
      const own = { id: 1, disabled: false, epoch: 1, createdAt: 0, hasPassword: true, groups: [] }
      return { ...rest, ...own }
    },
  }
  const outcome = await importHtpasswd(access, `ann:${hash}\nbob:${hash}\nzoe:{SHA}x\n`)
  t.match(outcome, { created: ['ann'], taken: ['bob'], problems: [{ line: 3 }] })
  t.same(made, [{ name: 'ann', kind: 'person', source: 'local', admin: false, passwordHash: hash }])
})
