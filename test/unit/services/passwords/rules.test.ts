import t from 'tap'
import { passwordProblem } from '../../../../src/services/passwords/rules.ts'

const cases: readonly (readonly [password: string, problem: RegExp | undefined])[] = [
  ['', /has 0 characters; at least 12/],
  ['elevenchars', /has 11 characters; at least 12/],
  ['twelve chars', undefined],
  ['ääääääääääää', undefined],
  ['😀😀😀😀😀😀', /has 6 characters/],
  ['😀'.repeat(12), undefined],
  ['x'.repeat(1024), undefined],
  ['x'.repeat(1025), /longer than 1024 bytes/],
  ['ä'.repeat(513), /longer than 1024 bytes/],
  ['twelve\0 chars', /zero byte/],
  [`lht_${'A'.repeat(43)}`, /form of a token/],
  [`lht_${'A'.repeat(42)}`, undefined],
]

t.test('a new password is long enough, and short enough to be hashed whole', async (t) => {
  for (const [password, problem] of cases) {
    const found = passwordProblem(password)
    if (problem === undefined) t.equal(found, undefined, password)
    else t.match(found, problem, password)
    if (password !== '') t.notOk(found?.includes(password), 'the password is not shown')
  }
})
