import t from 'tap'
import { parseRepositoryName } from '../../../src/oci/name.ts'
import { formatReference, parseReference, parseTag } from '../../../src/oci/reference.ts'

t.test('repository names of the grammar are accepted', async (t) => {
  const good = [
    'a',
    '0',
    'team/app',
    'a.b',
    'a_b',
    'a__b',
    'a-b',
    'a---b',
    'library/blobs/uploads',
    'v2/manifests/tags/list',
    'a'.repeat(255),
    `${'a/'.repeat(127)}a`,
  ]
  for (const name of good) t.equal(parseRepositoryName(name), name)
})

t.test('other names are NAME_INVALID', async (t) => {
  const bad = [
    '',
    'A',
    'Team/app',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a.',
    'a..b',
    '_a',
    'a_',
    'a___b',
    '-a',
    'a-',
    'a._b',
    'a b',
    'ä',
    'a/../b',
    'a/.',
    'a\u0000',
    'a\n',
    'a'.repeat(256),
  ]
  for (const name of bad) {
    t.throws(() => parseRepositoryName(name), { code: 'NAME_INVALID' }, JSON.stringify(name))
  }
})

t.test('a hostile name is refused quickly', async (t) => {
  const before = performance.now()
  t.throws(() => parseRepositoryName(`${'a-'.repeat(126)}!`), { code: 'NAME_INVALID' })
  t.throws(() => parseRepositoryName(`${'a'.repeat(254)}!`), { code: 'NAME_INVALID' })
  t.ok(performance.now() - before < 200)
})

t.test('tags keep their case and may look like fallback tags', async (t) => {
  const good = [
    'latest',
    'Foo',
    '_x',
    '1.2.3',
    'a-b_c.d',
    `sha256-${'a'.repeat(64)}.sig`,
    'x'.repeat(128),
  ]
  for (const tag of good) t.equal(parseTag(tag), tag)
  const bad = ['', '.a', '-a', 'a b', 'a/b', 'a:b', 'x'.repeat(129), 'ä', 'a\n', 'a+b']
  for (const tag of bad) t.throws(() => parseTag(tag), { code: 'TAG_INVALID' }, JSON.stringify(tag))
})

t.test('a reference with a colon is a digest or nothing', async (t) => {
  const digest = `sha256:${'0'.repeat(64)}`
  t.same(parseReference(digest), { digest })
  t.same(parseReference('latest'), { tag: 'latest' })
  t.throws(() => parseReference('sha256:baddigeststring'), { code: 'DIGEST_INVALID' })
  t.equal(formatReference('a/b', parseReference(digest)), `a/b@${digest}`)
  t.equal(formatReference('a/b', parseReference('1')), 'a/b:1')
})
