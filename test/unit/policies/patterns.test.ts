import t from 'tap'
import {
  findTagPattern,
  matchRepositories,
  matchTags,
  repositoryPatternProblem,
  tagPatternProblem,
} from '../../../src/policies/patterns.ts'

const repositories: readonly (readonly [pattern: string, yes: string[], no: string[]])[] = [
  ['team/app', ['team/app'], ['team', 'team/app/x', 'team/apps', 'x/team/app']],
  ['*', ['a', 'app-1.2'], ['a/b']],
  ['team/*', ['team/a', 'team/a-b'], ['team', 'team/a/b', 'teams/a']],
  ['team/*-ci', ['team/a-ci', 'team/a-b-ci'], ['team/ci', 'team/a-ci/b']],
  ['*/app', ['team/app'], ['app', 'a/b/app']],
  ['team/*/app', ['team/x/app'], ['team/app', 'team/x/y/app']],
  ['**', ['a', 'a/b', 'a/b/c'], []],
  ['team/**', ['team/a', 'team/a/b/c'], ['team', 'teams/a', 'x/team/a']],
  ['**/app', ['app', 'a/app', 'a/b/app'], ['app/a', 'a/myapp']],
  ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['a', 'z', 'a/b/z/c']],
  ['**/a/**/b/**', ['a/b/c', 'x/a/y/b/z/z'], ['a/b', 'a/y/c']],
  ['**/*', ['a', 'a/b'], []],
]

t.test('patterns match names of repositories part by part', async (t) => {
  for (const [pattern, yes, no] of repositories) {
    t.equal(repositoryPatternProblem(pattern), undefined, pattern)
    for (const name of yes) t.ok(matchRepositories([pattern])(name), `${pattern} matches ${name}`)
    for (const name of no) t.notOk(matchRepositories([pattern])(name), `${pattern} not ${name}`)
  }
})

const tags: readonly (readonly [pattern: string, yes: string[], no: string[]])[] = [
  ['latest', ['latest'], ['Latest', 'latest1', 'xlatest']],
  ['v*', ['v', 'v1', 'v1.2'], ['V1', 'xv1']],
  ['v?', ['v1'], ['v', 'v12']],
  ['*', ['anything', '_'], []],
  ['*-rc?', ['1-rc1', '1-rc2-rc3'], ['1-rc', '1-rc12']],
  ['a*b*c', ['abc', 'a.b.b.c', 'abcbc'], ['acb', 'abcd']],
  ['**', ['x'], []],
  ['1.?.*', ['1.2.3', '1.2.'], ['1.22.3', '1a2b3']],
]

t.test('patterns match tags, in which every other character stands for itself', async (t) => {
  for (const [pattern, yes, no] of tags) {
    t.equal(tagPatternProblem(pattern), undefined, pattern)
    for (const tag of yes) t.ok(matchTags([pattern])(tag), `${pattern} matches ${tag}`)
    for (const tag of no) t.notOk(matchTags([pattern])(tag), `${pattern} not ${tag}`)
  }
})

t.test('of a list every pattern counts', async (t) => {
  const matches = matchRepositories(['a/*', 'b', 'c/**'])
  t.strictSame(['a/x', 'b', 'c/x/y', 'd'].map(matches), [true, true, true, false])
  t.strictSame(['v1', 'x', 'w'].map(matchTags(['v*', 'w'])), [true, false, true])
  t.equal(findTagPattern(['v*', '*'], 'v1'), 'v*')
  t.equal(findTagPattern(['v*', '*'], 'x'), '*')
  t.equal(findTagPattern(['v*'], 'x'), undefined)
  t.notOk(matchTags([])('v1'))
})

t.test('patterns that can match nothing are explained', async (t) => {
  const problems: readonly (readonly [pattern: string, message: RegExp])[] = [
    ['Team/*', /"Team\/\*" can match no repository; write lower-case/],
    ['', /"" can match no repository/],
    ['team/', /has an empty part/],
    ['/team', /has an empty part/],
    ['a//b', /has an empty part/],
    ['team/a**', /\*\* beside other characters; it stands alone/],
    ['team/***', /\*\* beside other characters/],
    ['re:^team', /can match no repository/],
    ['a'.repeat(256), /longer than 255/],
  ]
  for (const [pattern, message] of problems) {
    t.match(repositoryPatternProblem(pattern), message, pattern)
  }
  for (const [pattern, message] of [
    ['re:v[0-9]+', /"re:v\[0-9\]\+" can match no tag; write letters/],
    ['a/b', /can match no tag/],
    ['', /can match no tag/],
    ['*'.repeat(256), /longer than 255/],
  ] as const) {
    t.match(tagPatternProblem(pattern), message, pattern)
  }
})

t.test('no pattern takes long, whatever the name', async (t) => {
  const begun = performance.now()
  t.notOk(matchTags([`${'*a'.repeat(120)}b`])('a'.repeat(128)))
  t.notOk(matchRepositories([`${'**/a/'.repeat(50)}b`])(Array(127).fill('a').join('/')))
  t.ok(performance.now() - begun < 500, `${performance.now() - begun} ms`)
})
