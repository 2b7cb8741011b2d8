import t from 'tap'
import { digestOf } from '../../../../src/oci/digest.ts'
import { fullName, readName } from '../../../../src/services/archives/names.ts'
import { entryPath, follow, linkTarget } from '../../../../src/services/archives/paths.ts'
import type { PlannedImage } from '../../../../src/services/archives/plan.ts'
import { targetsOf, type WantedName } from '../../../../src/services/archives/targets.ts'

const names: Readonly<Record<string, object | RegExp>> = {
  'team/app:1.2': { repository: 'team/app', tag: '1.2' },
  'team/app': { repository: 'team/app', tag: 'latest' },
  'localhost/app:1': { repository: 'app', tag: '1' },
  'registry.example.com:5000/team/app:1.2': { repository: 'team/app', tag: '1.2' },
  'docker.io/library/alpine:3': { repository: 'alpine', tag: '3' },
  'index.docker.io/library/alpine:3': { repository: 'alpine', tag: '3' },
  'docker.io/team/app:1': { repository: 'team/app', tag: '1' },
  'library/alpine:3': { repository: 'library/alpine', tag: '3' },
  '1.2': { tag: '1.2' },
  latest: { tag: 'latest' },
  'Team/app:1': /no name for an image/,
  'team/app:': /no name for an image/,
  'team//app:1': /no name for an image/,
  '../x:1': /no name for an image/,
  [`a/${'x'.repeat(300)}:1`]: /no name for an image/,
}

t.test('names of archives lose their registry, and nothing else', async (t) => {
  for (const [text, expected] of Object.entries(names)) {
    if (expected instanceof RegExp) t.throws(() => readName(text), { message: expected }, text)
    else t.same(readName(text), expected, text)
  }
})

t.test('containerd gets names with a registry', async (t) => {
  t.equal(fullName('app', '1'), 'docker.io/library/app:1')
  t.equal(fullName('team/app', '1'), 'docker.io/team/app:1')
  t.equal(fullName('quay.io/team/app', '1'), 'quay.io/team/app:1')
  t.equal(fullName('team/app', '1', 'r.example:5000'), 'r.example:5000/team/app:1')
})

t.test('paths have one spelling, and links stay inside', async (t) => {
  t.equal(entryPath('./a//b/./c'), 'a/b/c')
  t.throws(() => entryPath('a/../b'), { message: /"\.\."/ })
  t.equal(linkTarget('a/b/layer.tar', '../c/layer.tar', 'symlink'), 'a/c/layer.tar')
  t.equal(linkTarget('a/b/layer.tar', 'c/layer.tar', 'link'), 'c/layer.tar')
  t.throws(() => linkTarget('a/b', '../../c', 'symlink'), { message: /leads out/ })
  const chain = Array.from({ length: 9 }, (_, at): [string, string] => [`l${at}`, `l${at + 1}`])
  t.equal(follow('l1', new Map(chain.slice(0, 8))), 'l8')
  t.throws(() => follow('l0', new Map(chain)), { message: /go round/ })
})

const digest = digestOf(Buffer.from('one'))
const other = digestOf(Buffer.from('two'))
const image = (name: string, of = digest): PlannedImage => ({
  names: name === '' ? [] : [readName(name)],
  digest: of,
  attached: false,
})
const signature: PlannedImage = { names: [], digest: other, attached: true }

interface TargetCase {
  readonly images: readonly PlannedImage[]
  readonly wanted: { readonly repository?: string; readonly tag?: string }
  readonly expected: readonly string[] | RegExp
}

const targetCases: Readonly<Record<string, TargetCase>> = {
  'as in the archive': { images: [image('a/b:1')], wanted: {}, expected: ['a/b:1'] },
  'another repository': {
    images: [image('a/b:1'), image('c:2', other)],
    wanted: { repository: 'x' },
    expected: ['x:1', 'x:2'],
  },
  'another tag': { images: [image('a/b:1')], wanted: { tag: '9' }, expected: ['a/b:9'] },
  'a tag for an image of several names': {
    images: [{ ...image('a/b:1'), names: [readName('a/b:1'), readName('a/b:2')] }],
    wanted: { tag: '9' },
    expected: ['a/b:9'],
  },
  'a tag for several images': {
    images: [image('a/b:1'), image('a/b:2', other)],
    wanted: { tag: '9' },
    expected: /holds 2 images/,
  },
  'the same twice': { images: [image('a:1'), image('a:1')], wanted: {}, expected: ['a:1'] },
  'two for one name': {
    images: [image('a:1'), image('b:1', other)],
    wanted: { repository: 'x' },
    expected: /two images for x:1/,
  },
  'no name': { images: [image('')], wanted: {}, expected: /say repo/ },
  'a tag alone': { images: [image('1.2')], wanted: {}, expected: /say repo/ },
  'a tag alone and a repository': {
    images: [image('1.2')],
    wanted: { repository: 'x' },
    expected: ['x:1.2'],
  },
  'what is attached follows': {
    images: [image('a:1'), signature],
    wanted: {},
    expected: ['a:1', 'a:undefined'],
  },
  'what is attached stays where there are two ways': {
    images: [image('a:1'), image('b:1'), signature],
    wanted: {},
    expected: ['a:1', 'b:1'],
  },
  nothing: { images: [], wanted: {}, expected: /no image/ },
}

t.test('images go where they are wanted, else where the archive says', async (t) => {
  for (const [name, { images, wanted, expected }] of Object.entries(targetCases)) {
    const targets = () =>
      targetsOf(images, wanted as WantedName).map(({ repository, tag }) => `${repository}:${tag}`)
    if (expected instanceof RegExp) t.throws(targets, { message: expected }, name)
    else t.same(targets(), expected, name)
  }
})
