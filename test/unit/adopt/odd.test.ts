import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { contentOf, imageOf, indexOf, randomContent } from '../../helpers/push.ts'
import { adoptTree, type Image, makeTree, outlineOf, schema1, type Tree } from './tree.ts'

interface OddCase {
  readonly title: string
  /** Spoils a tree that has `team/app:v1`, and `team/sound:v1` besides. */
  readonly spoil: (tree: Tree, image: Image) => unknown
  readonly findings: readonly string[]
  /** Tags that are adopted of `team/app` and what `spoil` adds; 1 if absent. */
  readonly tags?: number
  readonly env?: Readonly<Record<string, string>>
}

const app = 'repositories/team/app'
const slashed = ({ digest }: { readonly digest: string }) => digest.replace(':', '/')
const layerLink = ({ layer }: Image) => `${app}/_layers/${slashed(layer)}/link`
const revisionLink = ({ manifest }: Image) =>
  `${app}/_manifests/revisions/${slashed(manifest)}/link`
const tagLink = `${app}/_manifests/tags/v1/current/link`

const withoutLayer = [
  'manifest lacks content team/app left out',
  'tag no manifest team/app v1 left out',
]
const withoutManifest = ['tag no manifest team/app v1 left out']

const cases: readonly OddCase[] = [
  {
    title: 'an empty link to a layer is read from its path',
    spoil: (tree, image) => tree.write('', layerLink(image)),
    findings: ['file empty link team/app kept'],
  },
  {
    title: 'so is one of zeros, and one to a manifest',
    spoil: (tree, image) => {
      tree.write('\0'.repeat(71), layerLink(image))
      tree.write('', revisionLink(image))
    },
    findings: ['file empty link team/app kept', 'file empty link team/app kept'],
  },
  {
    title: 'where a tag with an empty link pointed nobody knows',
    spoil: (tree) => tree.write('', tagLink),
    findings: ['tag empty link team/app v1 left out'],
    tags: 0,
  },
  {
    title: 'a tag without a link',
    spoil: (tree) => rmSync(tree.path(tagLink)),
    findings: ['tag broken link team/app v1 left out'],
    tags: 0,
  },
  {
    title: 'a link that holds no digest',
    spoil: (tree, image) => tree.write('sha256:nonsense', layerLink(image)),
    findings: ['file broken link team/app left out', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'a link to other content than its path says',
    spoil: (tree, image) => tree.write(image.config.digest, layerLink(image)),
    findings: ['file broken link team/app left out', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'a blob that was deleted from the repository, and what needs it',
    spoil: (tree, image) => rmSync(tree.path(layerLink(image))),
    findings: withoutLayer,
    tags: 0,
  },
  {
    title: 'a blob that is gone',
    spoil: (tree, { layer }) => rmSync(dirname(tree.dataOf(layer)), { recursive: true }),
    findings: ['blob missing left out', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'a directory of a blob without its data',
    spoil: (tree, { layer }) => rmSync(tree.dataOf(layer)),
    findings: ['blob missing left out', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'a blob that is cut short',
    spoil: (tree, { layer }) => truncateSync(tree.dataOf(layer), layer.size - 1),
    findings: ['blob wrong content left out', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'a blob of no bytes',
    spoil: (tree, { layer }) => truncateSync(tree.dataOf(layer), 0),
    findings: ['blob wrong content left out', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'a directory in the place of a blob',
    spoil: (tree, { layer }) => {
      rmSync(tree.dataOf(layer))
      mkdirSync(tree.dataOf(layer))
    },
    findings: ['blob missing left out', 'file stray kept', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'a symbolic link in the place of a blob is not followed',
    spoil: (tree, { layer }) => {
      renameSync(tree.dataOf(layer), `${tree.root}-layer`)
      symlinkSync(`${tree.root}-layer`, tree.dataOf(layer))
    },
    findings: ['blob missing left out', 'file symbolic link left out', ...withoutLayer],
    tags: 0,
  },
  {
    title: 'nor one in the place of a manifest or a link',
    spoil: (tree, { manifest }) => {
      renameSync(tree.dataOf(manifest), `${tree.root}-manifest`)
      symlinkSync(`${tree.root}-manifest`, tree.dataOf(manifest))
      rmSync(tree.path(tagLink))
      symlinkSync(tree.dataOf(manifest), tree.path(tagLink))
    },
    findings: [
      'file symbolic link left out',
      'manifest missing team/app left out',
      'tag symbolic link team/app v1 left out',
    ],
    tags: 0,
  },
  {
    title: 'a manifest that is gone, though its link is there',
    spoil: (tree, { manifest }) => rmSync(tree.dataOf(manifest)),
    findings: ['manifest missing team/app left out', ...withoutManifest],
    tags: 0,
  },
  {
    title: 'a spoiled manifest',
    spoil: (tree, { manifest }) => writeFileSync(tree.dataOf(manifest), '{}'),
    findings: ['manifest wrong content team/app left out', ...withoutManifest],
    tags: 0,
  },
  {
    title: 'a manifest that was deleted, and a tag that was forgotten',
    spoil: (tree, image) => rmSync(tree.path(revisionLink(image))),
    findings: withoutManifest,
    tags: 0,
  },
  {
    title: 'schema 1',
    spoil: (tree) => tree.tag('team/app', 'old', tree.manifest('team/app', schema1('team/app'))),
    findings: ['manifest schema 1 team/app left out', 'tag no manifest team/app old left out'],
  },
  {
    title: 'what is no manifest',
    spoil: (tree) => {
      for (const text of ['no JSON', 'null', '{"schemaVersion":2}']) {
        tree.manifest('team/app', contentOf(text))
      }
    },
    findings: Array(3).fill('manifest invalid team/app left out'),
  },
  {
    title: 'a manifest that is too large here',
    spoil: (tree, { config, layer }) =>
      tree.manifest('team/app', imageOf(config, [layer], { annotations: { a: 'a'.repeat(2000) } })),
    env: { LAYERHOUSE_MANIFESTS_MAX_SIZE: '2KiB' },
    findings: ['manifest too large team/app left out'],
  },
  {
    title: 'an index without one of its children is of use for the others',
    spoil: (tree, { manifest }) => {
      const index = indexOf([manifest, randomContent()])
      tree.tag('team/app', 'all', tree.manifest('team/app', index))
    },
    findings: ['manifest lacks children team/app kept'],
    tags: 2,
  },
  {
    title: 'but not if children are required',
    spoil: (tree, { manifest }) => {
      const index = indexOf([manifest, randomContent()])
      tree.tag('team/app', 'all', tree.manifest('team/app', index))
    },
    env: { LAYERHOUSE_MANIFESTS_REQUIRE_CHILDREN: 'true' },
    findings: ['manifest lacks content team/app left out', 'tag no manifest team/app all left out'],
  },
  {
    title: 'a layer that is elsewhere need not be there',
    spoil: (tree, { config }) => {
      const foreign = {
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        digest: randomContent().digest,
        size: 5,
      }
      const image = imageOf(config, [], { layers: [foreign] })
      tree.tag('team/app', 'windows', tree.manifest('team/app', image))
    },
    findings: [],
    tags: 2,
  },
  {
    title: 'names that are none',
    spoil: (tree, image) => {
      tree.image('Team/App', 'v1')
      tree.tag('team/app', '-bad', image.manifest)
      tree.write('x', `${app}/_layers/md5/0123/link`)
      tree.write('x', 'blobs/sha256/ab/cdef/data')
    },
    findings: [
      'file bad name left out',
      'file bad name left out',
      'file bad name team/app left out',
      'file bad name team/app left out',
    ],
  },
  {
    title: 'what does not belong there',
    spoil: (tree) => {
      tree.write('x', 'repositories/.DS_Store')
      symlinkSync(tree.path('repositories/team'), tree.path('repositories/other'))
    },
    findings: ['file stray kept', 'file symbolic link left out'],
  },
  {
    title: 'what was deleted in order, and pushes that never ended',
    spoil: (tree) => {
      mkdirSync(tree.path(`${app}/_layers/sha256/${'0'.repeat(64)}`), { recursive: true })
      mkdirSync(tree.path(`${app}/_manifests/revisions/sha256/${'1'.repeat(64)}`))
      tree.write('half', `${app}/_uploads/1234/data`)
      tree.write('half', 'repositories/team/never/_uploads/1234/data')
    },
    findings: [],
  },
]

for (const { title, spoil, findings, tags = 1, env } of cases) {
  t.test(title, async (t) => {
    const tree = makeTree(t)
    const image = tree.image('team/app', 'v1')
    tree.image('team/sound', 'v1')
    spoil(tree, image)
    const options = env === undefined ? {} : { env }
    const tried = await adoptTree(tree, { ...options, dryRun: true })
    const report = await adoptTree(tree, options)
    t.same(outlineOf(report), [...findings].sort())
    t.equal(report.counts.tags.adopted, tags + 1, 'the sound one came, too')
    t.same(outlineOf(tried), outlineOf(report), 'it was foretold')
  })
}

t.test('what nobody holds is counted', async (t) => {
  const tree = makeTree(t)
  const { config, layer, manifest } = tree.image('team/app', 'v1')
  const child = tree.manifest(
    'team/app',
    imageOf(config, [layer], { annotations: { is: 'child' } }),
  )
  tree.tag('team/app', 'all', tree.manifest('team/app', indexOf([child, manifest])))
  tree.manifest('team/app', imageOf(config, [layer], { annotations: { tag: 'none' } }))
  tree.blob(randomContent(1000))
  const { counts } = await adoptTree(tree)
  t.match(counts, { untagged: 1, unreferenced: { blobs: 1, bytes: 1000 } })
})
