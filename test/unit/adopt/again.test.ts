import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { explainLinkError } from '../../../storage/adopt/explain.ts'
import { imageOf, pushImage } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { objectsIn } from '../storage/backup/world.ts'
import { adoptTree, makeTree, outlineOf } from './tree.ts'

t.test('what is here is not read again, and nothing is done twice', async (t) => {
  const tree = makeTree(t)
  const { layer } = tree.image('team/app', 'v1')
  await adoptTree(tree)
  const objects = await objectsIn(tree.root)
  // If it were read, it would be found wanting.
  renameSync(tree.dataOf(layer), `${tree.root}-layer`)
  writeFileSync(tree.dataOf(layer), 'spoiled')
  const again = await adoptTree(tree)
  t.match(again, {
    findings: [],
    counts: {
      tags: { adopted: 0, kept: 1 },
      manifests: { adopted: 0, kept: 1 },
      blobs: { adopted: 0, kept: 2 },
      bytes: 0,
    },
  })
  t.same(await objectsIn(tree.root), objects)
})

t.test('what was mended in the other registry comes with the next run', async (t) => {
  const tree = makeTree(t)
  const { layer } = tree.image('team/app', 'v1')
  writeFileSync(tree.dataOf(layer), 'spoiled')
  t.equal((await adoptTree(tree)).counts.tags.adopted, 0)
  const { request, stop } = await startRegistry(t, { root: tree.root })
  t.equal((await request('GET', '/v2/team/app/tags/list')).status, 200)
  t.same((await request('GET', '/v2/_catalog')).json(), { repositories: [] })
  await stop()
  tree.blob(layer)
  const report = await adoptTree(tree)
  t.match(report, {
    findings: [],
    counts: { tags: { adopted: 1 }, blobs: { adopted: 1, kept: 1 } },
  })
})

t.test('a tag moves with the other registry until somebody moves it here', async (t) => {
  const tree = makeTree(t)
  for (const tag of ['moved', 'pushed', 'deleted', 'same']) tree.image('team/app', tag)
  await adoptTree(tree)
  const registry = await startRegistry(t, { root: tree.root })
  const { manifest } = await pushImage(registry.request, 'team/app', 'pushed')
  const gone = await registry.request('DELETE', '/v2/team/app/manifests/deleted')
  t.equal(gone.status, 202)
  await registry.stop()

  const moved = tree.image('team/app', 'moved')
  tree.image('team/app', 'pushed')
  const report = await adoptTree(tree)
  t.same(outlineOf(report), [
    'tag changed here team/app deleted kept',
    'tag changed here team/app pushed kept',
  ])
  t.match(report.counts, { tags: { adopted: 1, kept: 1 } })
  const { request } = await startRegistry(t, { root: tree.root })
  const digestOf = async (tag: string) =>
    (await request('GET', `/v2/team/app/manifests/${tag}`)).headers['docker-content-digest']
  t.equal(await digestOf('moved'), moved.manifest.digest)
  t.equal(await digestOf('pushed'), manifest.digest)
  t.equal(await digestOf('deleted'), undefined)
})

t.test('a rule of this registry holds for what is adopted', async (t) => {
  const tree = makeTree(t)
  tree.image('team/app', 'v1')
  await adoptTree(tree)
  const { request, stop } = await startRegistry(t, { root: tree.root })
  const rules = { rules: [{ name: 'all', repositories: ['**'], tags: ['*'] }] }
  const answer = await request('PUT', '/api/v1/immutability', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rules),
  })
  t.equal(answer.status, 200, answer.text)
  await stop()
  tree.image('team/app', 'v1')
  const report = await adoptTree(tree)
  t.same(outlineOf(report), ['tag refused team/app v1 left out'])
  t.match(report.findings, [{ detail: /immutability rule "all"/ }])
})

t.test('a removal that was cut off goes on', async (t) => {
  const tree = makeTree(t)
  const { config, layer, manifest } = tree.image('team/app', 'v1')
  const second = tree.manifest('team/app', imageOf(config, [layer], { annotations: { n: '2' } }))
  tree.tag('team/app', 'v2', second)
  await adoptTree(tree)
  rmSync(tree.dataOf(layer))
  rmSync(tree.dataOf(manifest))
  rmSync(tree.path(`repositories/team/app/_layers/${config.digest.replace(':', '/')}/link`))
  rmSync(tree.path('repositories/team/app/_manifests/tags/v1'), { recursive: true })
  const report = await adoptTree(tree, { way: 'move' })
  t.same(report.findings, [])
  t.match(report.counts, { tags: { kept: 1 }, blobs: { kept: 1 } })
  const files = existsSync(tree.path())
    ? readdirSync(tree.path(), { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
    : []
  t.same(
    files.map(({ parentPath, name }) => join(parentPath, name)),
    [tree.dataOf(config)],
    'of what has no link any more nobody knows whose it is',
  )
})

t.test('what can not be done is refused before anything is made', async (t) => {
  const tree = makeTree(t)
  tree.image('team/app', 'v1')
  const nowhere = join(tree.root, '../nowhere')
  await t.rejects(adoptTree(tree, { source: nowhere, root: nowhere }), /there is no registry:2 in/)
  await t.rejects(adoptTree(tree, { root: tree.path() }), /belongs to the other registry/)
  await t.rejects(adoptTree(tree, { root: tree.path('new/root') }), /choose another with --root/)
  t.notOk(existsSync(nowhere))
  t.notOk(existsSync(tree.path('metadata.db')))
  await startRegistry(t, { root: tree.root })
  await t.rejects(adoptTree(tree), /another Layerhouse works on the data directory .*stop that one/)
})

t.test('another file system is named, and nothing is copied in silence', async (t) => {
  const tree = makeTree(t)
  tree.image('team/app', 'v1')
  const root = `/dev/shm/layerhouse-adopt-${process.pid}`
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  for (const [way, dryRun] of [
    ['link', false],
    ['move', false],
    ['link', true],
  ] as const) {
    await t.rejects(adoptTree(tree, { root, way, dryRun }), /different file systems.*--copy/)
    t.notOk(existsSync(root), 'and nothing is made there')
  }
  t.match(await adoptTree(tree, { root, way: 'copy' }), { counts: { tags: { adopted: 1 } } })
})

t.test('what the system says to a link becomes advice', (t) => {
  const cases = [
    ['EXDEV', /different mounts of one.*--copy/],
    ['EPERM', /chown -R/],
    ['EACCES', /chown -R/],
    ['EMLINK', /no \(more\) links.*--copy/],
  ] as const
  for (const [code, message] of cases) {
    const error = Object.assign(new Error(code), { code })
    t.match((explainLinkError(error, '/old/data', '/new/data') as Error).message, message)
  }
  const other = Object.assign(new Error('full'), { code: 'ENOSPC' })
  t.equal(explainLinkError(other, '/old', '/new'), other)
  t.end()
})

t.test('a registry tells at the start what was not adopted', async (t) => {
  const tree = makeTree(t)
  const warnings = async () => {
    const registry = await startRegistry(t, { root: tree.root })
    const said = await registry.unadopted()
    await registry.stop()
    return said
  }
  t.equal(await warnings(), undefined, 'a registry:2 without a repository')
  tree.image('team/app', 'v1')
  t.match(await warnings(), /holds the images of a registry:2.*"layerhouse adopt .*registry"/)
  writeFileSync(join(tree.root, 'adopt.incomplete'), `${tree.path()}\n`)
  t.match(await warnings(), /was cut off.*"layerhouse adopt .*v2" again/)
  await adoptTree(tree)
  t.equal(await warnings(), undefined)
})
