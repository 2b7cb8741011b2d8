import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ociIndex } from '../../../src/oci/media-types.ts'
import { contentOf, descriptor, imageOf, indexOf, randomContent } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { objectOf } from '../storage/backup/world.ts'
import { adoptTree, makeTree, outlineOf, pushedAt, type Tree } from './tree.ts'

/** Every file below a directory with its inode, its time and its bytes. */
function look(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { ino, mode, mtimeMs, uid } = lstatSync(join(root, name))
      const isFile = statSync(join(root, name)).isFile()
      const bytes = isFile ? readFileSync(join(root, name), 'hex') : ''
      return [name, ino, mode, uid, mtimeMs, bytes].join(' ')
    })
    .sort()
}

/** Everything registry:2 stores that is whole, and what an image of each kind needs. */
function fill(tree: Tree) {
  const first = tree.image('team/app', 'v1')
  const nested = tree.image('team/app/nested', 'v1')
  tree.layer('team/app/nested', first.layer)
  const index = tree.manifest('team/app', indexOf([first.manifest]))
  const outer = tree.manifest('team/app', indexOf([index], { annotations: { outer: 'yes' } }))
  tree.tag('team/app', 'all', outer)
  const docker = contentOf(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: descriptor(first.config, 'application/vnd.docker.container.image.v1+json'),
      layers: [descriptor(first.layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
    }),
  )
  tree.tag('team/app', 'docker', tree.manifest('team/app', docker))
  const signature = imageOf(first.config, [first.layer], {
    subject: descriptor(first.manifest, ociIndex),
    artifactType: 'application/x-signature',
  })
  tree.manifest('team/app', signature)
  // As registry:2 does it: the bytes under their sha256, and the sha512 leads there.
  const twice = randomContent(300)
  const long = contentOf(twice.bytes, 'sha512')
  tree.layer('team/app', twice)
  const name = long.digest.replace(':', '/')
  tree.write(twice.digest, 'repositories/team/app/_layers', name, 'link')
  tree.tag('team/app', 'long', tree.manifest('team/app', imageOf(first.config, [long])))
  const empty = tree.layer('team/app', contentOf(''))
  tree.tag('team/app', 'empty', tree.manifest('team/app', imageOf(first.config, [empty])))
  return { first, nested, signature, long }
}

async function servesAll(t: Test, root: string, tree: ReturnType<typeof fill>): Promise<void> {
  const { request } = await startRegistry(t, { root })
  const get = (path: string) => request('GET', `/v2/${path}`)
  t.same((await get('_catalog')).json(), { repositories: ['team/app', 'team/app/nested'] })
  t.same((await get('team/app/tags/list')).json(), {
    name: 'team/app',
    tags: ['all', 'docker', 'empty', 'long', 'v1'],
  })
  t.equal((await get('team/app/manifests/v1')).text, String(tree.first.manifest.bytes))
  for (const { digest, bytes } of [tree.first.config, tree.first.layer, tree.long]) {
    t.ok((await get(`team/app/blobs/${digest}`)).body.equals(bytes), digest)
  }
  t.equal((await get(`team/app/nested/blobs/${tree.first.layer.digest}`)).status, 200, 'shared')
  t.equal(
    (await get(`team/app/nested/blobs/${tree.long.digest}`)).status,
    404,
    'not a right of its',
  )
  const referrers = await get(`team/app/referrers/${tree.first.manifest.digest}`)
  t.match(referrers.json(), { manifests: [{ digest: tree.signature.digest }] })
  const tags = await request('GET', '/api/v1/tags?repo=team/app')
  t.match(tags.json(), { items: [{ pushedAt: pushedAt.toISOString() }] })
  const moves = await request('GET', '/api/v1/tags/history?repo=team/app&tag=v1')
  t.match(moves.json(), { items: [{ client: 'adopt' }] })
}

t.test('a whole directory is linked, served, and stays as it was', async (t) => {
  for (const beside of [false, true]) {
    const tree = makeTree(t)
    const content = fill(tree)
    const before = look(tree.path())
    const root = beside ? join(tree.root, '../data') : tree.root
    const report = await adoptTree(tree, { root })
    t.match(report, {
      source: tree.path(),
      findings: [],
      counts: {
        repositories: 2,
        tags: { adopted: 6, kept: 0 },
        manifests: { adopted: 8, kept: 0 },
        // Config and layer of two images, one content under two digests, the empty one.
        blobs: { adopted: 7, kept: 0 },
        untagged: 0,
        unreferenced: { blobs: 0, bytes: 0 },
      },
    })
    t.same(look(tree.path()), before, 'not a byte, time or right is changed')
    const object = await objectOf(root, content.first.layer)
    t.equal(statSync(object).ino, statSync(tree.dataOf(content.first.layer)).ino)
    await servesAll(t, root, content)
    t.same(look(tree.path()), before, 'nor by serving it')
  }
})

t.test('the directory within the storage root serves as well', async (t) => {
  for (const within of ['', 'docker', 'docker/registry', 'docker/registry/v2']) {
    const tree = makeTree(t)
    tree.image('team/app', 'v1')
    const report = await adoptTree(tree, { source: join(tree.root, within) })
    t.equal(report.counts.tags.adopted, 1, within)
  }
})

t.test('copies are files of their own', async (t) => {
  const tree = makeTree(t)
  const content = fill(tree)
  const before = look(tree.path())
  const root = join(tree.root, '../data')
  const report = await adoptTree(tree, { root, way: 'copy' })
  t.match(report.counts, { blobs: { adopted: 7 }, tags: { adopted: 6 } })
  t.same(look(tree.path()), before)
  const object = await objectOf(root, content.first.layer)
  t.not(statSync(object).ino, statSync(tree.dataOf(content.first.layer)).ino)
  t.equal(statSync(object).nlink, 1)
  await servesAll(t, root, content)
})

t.test('what is moved is there no more, and what was left out is', async (t) => {
  const tree = makeTree(t)
  const content = fill(tree)
  const broken = tree.image('team/broken', 'v1')
  tree.write('spoiled', tree.dataOf(broken.layer).slice(tree.path().length))
  const nobodys = randomContent()
  tree.blob(nobodys)
  const report = await adoptTree(tree, { way: 'move' })
  t.same(outlineOf(report), [
    'blob wrong content left out',
    'manifest lacks content team/broken left out',
    'tag no manifest team/broken v1 left out',
  ])
  t.match(report.counts.unreferenced, { blobs: 1, bytes: nobodys.size })
  const left = readdirSync(tree.path(), { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(tree.path(name)).isFile())
    .map((name) => tree.path(name))
    .sort()
  const links = [
    ['_layers', broken.layer.digest.replace(':', '/'), 'link'],
    ['_manifests/revisions', broken.manifest.digest.replace(':', '/'), 'link'],
    ['_manifests/tags/v1/current/link'],
    ['_manifests/tags/v1/index', broken.manifest.digest.replace(':', '/'), 'link'],
  ].map((parts) => tree.path('repositories/team/broken', ...parts))
  const data = [broken.layer, broken.manifest, nobodys].map(tree.dataOf)
  t.same(left, [...links, ...data].sort())
  t.equal(statSync(await objectOf(tree.root, content.first.layer)).nlink, 1)
  await servesAll(t, tree.root, content).catch((error: unknown) => t.fail(String(error)))
})

t.test('trying it out changes nothing and tells the same', async (t) => {
  const tree = makeTree(t)
  fill(tree)
  const broken = tree.image('team/broken', 'v1')
  tree.write('spoiled', tree.dataOf(broken.layer).slice(tree.path().length))
  for (const way of ['link', 'copy', 'move'] as const) {
    const before = look(tree.root)
    const tried = await adoptTree(tree, { way, dryRun: true })
    t.same(look(tree.root), before, way)
    const root = join(tree.root, `../${way}`)
    const elsewhere = await adoptTree(tree, { way, root, dryRun: true })
    t.throws(() => statSync(root), { code: 'ENOENT' }, 'the data directory is not made')
    t.same({ ...elsewhere, root: tree.root }, tried)
    if (way === 'move') continue
    t.same({ ...(await adoptTree(tree, { way, root })), root: tree.root, dryRun: true }, tried)
    const again = look(join(tree.root, '..'))
    t.match((await adoptTree(tree, { way, root, dryRun: true })).counts, { tags: { adopted: 0 } })
    t.same(look(join(tree.root, '..')), again, 'nor beside what is there already')
  }
})
