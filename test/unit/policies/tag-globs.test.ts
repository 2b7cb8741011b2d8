import t from 'tap'
import { matchTags } from '../../../src/policies/patterns.ts'

const matchesGlob = (pattern: string, name: string) => matchTags([pattern])(name)

const cases: readonly (readonly [
  pattern: string,
  fits: readonly string[],
  others: readonly string[],
])[] = [
  ['v1', ['v1'], ['v', 'v10', 'xv1', 'V1', '']],
  ['*', ['', 'a', 'v1.2-rc_3'], []],
  ['**', ['', 'a', 'ab'], []],
  ['?', ['a', '.'], ['', 'ab']],
  ['??', ['ab'], ['a', 'abc']],
  ['?*', ['a', 'ab'], ['']],
  ['*?', ['a', 'ab'], ['']],
  ['pr-*', ['pr-', 'pr-1', 'pr-1-pr-2'], ['pr', 'PR-1', 'xpr-1']],
  ['*-rc', ['-rc', '1-rc', '1-rc-rc'], ['1-rc1', 'rc']],
  ['a*b*c', ['abc', 'aXbYc', 'abbcc', 'abcbc'], ['acb', 'ab', 'abcd', 'Xabc']],
  ['*ab*ab', ['abab', 'ababab', 'xabyab'], ['ab', 'aba', 'ababa']],
  ['v?.?', ['v1.2'], ['v1.23', 'v12.3', 'v1']],
  // What has a meaning elsewhere has none here.
  ['v1.2', ['v1.2'], ['v1x2']],
  ['v[12]', ['v[12]'], ['v1', 'v2']],
  ['(a|b)+', ['(a|b)+'], ['a', 'ab']],
  ['a\\*', ['a\\', 'a\\b'], ['a*', 'a']],
  ['', [''], ['a']],
]

t.test(
  'a star stands for any characters, a question mark for one, all else for itself',
  async (t) => {
    for (const [pattern, fits, others] of cases) {
      for (const name of fits) t.ok(matchesGlob(pattern, name), `${pattern} takes "${name}"`)
      for (const name of others) t.notOk(matchesGlob(pattern, name), `${pattern} leaves "${name}"`)
    }
  },
)

/** The same by trying everything, for names short enough to do so. */
function tryAll(pattern: string, name: string): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return name === ''
  const after = rest.join('')
  if (first === '*') {
    return Array.from({ length: name.length + 1 }, (_, at) => name.slice(at)).some((tail) =>
      tryAll(after, tail),
    )
  }
  return name !== '' && (first === '?' || first === name[0]) && tryAll(after, name.slice(1))
}

/** All texts of these characters up to a length. */
function textsOf(characters: string, length: number): readonly string[] {
  if (length === 0) return ['']
  const shorter = textsOf(characters, length - 1)
  const longest = shorter.filter((text) => text.length === length - 1)
  return [...shorter, ...longest.flatMap((text) => Array.from(characters, (each) => text + each))]
}

t.test('it agrees with trying everything, for all short patterns and names', async (t) => {
  const names = textsOf('ab', 5)
  const wrong: string[] = []
  for (const pattern of textsOf('ab*?', 4)) {
    for (const name of names) {
      if (matchesGlob(pattern, name) !== tryAll(pattern, name)) wrong.push(`${pattern} ${name}`)
    }
  }
  t.same(wrong, [])
})

/** How often a character was looked at: time on a busy machine proves nothing. */
function countLooks(pattern: string, name: string): number {
  let looks = 0
  const counting = (text: string) => {
    const counted: unknown = new Proxy(Object(text) as object, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1
        return Reflect.get(target, key) as unknown
      },
    })
    return counted as string
  }
  matchesGlob(counting(pattern), counting(name))
  return looks
}

const slow: readonly (readonly [pattern: string, name: string])[] = [
  [`${'*a'.repeat(63)}*b`, 'a'.repeat(128)],
  [`${'a*'.repeat(64)}`, `${'a'.repeat(127)}b`],
  [`${'*'.repeat(127)}b`, 'a'.repeat(128)],
  [`*${'a'.repeat(64)}b`, 'a'.repeat(128)],
  [`${'*?'.repeat(64)}b`, 'a'.repeat(128)],
]

t.test('no pattern of the longest that is taken makes it slow', async (t) => {
  for (const [pattern, name] of slow) {
    const looks = countLooks(pattern, name)
    const most = 3 * (pattern.length + 1) * (name.length + 1)
    t.ok(looks > name.length, 'they are counted')
    t.ok(looks <= most, `${looks} looks for ${pattern.slice(0, 12)}…, ${most} at most`)
  }
})
