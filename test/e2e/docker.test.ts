import t from 'tap'
import { curl } from '../helpers/e2e/curl.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { buildImage, importBase } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(240_000)

const registry = await startRegistry(t)
const { docker } = await startDocker(t)
const directory = await temporaryDirectory(t)
await importBase(docker, directory)

const first = `${registry.host}/team/app:1`
const second = `${registry.host}/team/app:2`
const neighbour = `${registry.host}/team/neighbour:1`

await t.test('an image of two layers is pushed', async (t) => {
  await buildImage(docker, `${directory}/first`, first, { greeting: 'hello\n', name: 'world\n' })
  const output = await docker('push', first)
  t.equal(output.match(/: Pushed/g)?.length, 2, 'both layers were sent')
  t.match(output, /^1: digest: sha256:[0-9a-f]{64} size: \d+$/m)
})

await t.test('layers the repository has already are not sent again', async (t) => {
  await buildImage(docker, `${directory}/second`, second, { greeting: 'bonjour\n' })
  const output = await docker('push', second)
  t.equal(output.match(/: Layer already exists/g)?.length, 1)
  t.equal(output.match(/: Pushed/g)?.length, 1)
})

await t.test('a layer of a neighbouring repository is mounted', async (t) => {
  await docker('tag', first, neighbour)
  const output = await docker('push', neighbour)
  t.equal(output.match(/: Mounted from team\/app/g)?.length, 2)
})

await t.test('catalog and tags list what was pushed', async (t) => {
  const catalog = await curl(`${registry.url}/v2/_catalog`)
  t.same(JSON.parse(catalog.body), { repositories: ['team/app', 'team/neighbour'] })
  const tags = await curl(`${registry.url}/v2/team/app/tags/list`)
  t.same(JSON.parse(tags.body), { name: 'team/app', tags: ['1', '2'] })
})

await t.test('an image removed here and pulled again behaves as before', async (t) => {
  const start = () => docker('run', '--rm', '--network', 'none', first)
  const before = await start()
  const id = await docker('image', 'inspect', '--format', '{{.Id}}', first)
  await docker('image', 'rm', first, neighbour)
  await t.rejects(docker('image', 'inspect', first), 'it is gone')
  await docker('pull', first)
  t.equal(await docker('image', 'inspect', '--format', '{{.Id}}', first), id)
  t.equal(before, 'hello\nworld')
  t.equal(await start(), before)
})

await t.test('docker search lists the repositories that match', async (t) => {
  const find = (term: string) =>
    docker('search', '--format', '{{.Name}}', `${registry.host}/${term}`)
  t.match((await find('neigh')).split('\n'), [/team\/neighbour$/])
  t.equal((await find('team')).split('\n').length, 2)
  t.equal(await find('nothing-has-this-name'), '')
})

await t.test('deleting a tag leaves its sibling on the same image', async (t) => {
  const sibling = `${registry.host}/team/app:stable`
  await docker('tag', first, sibling)
  const output = await docker('push', sibling)
  t.equal(output.match(/: Layer already exists/g)?.length, 2, 'a new tag costs no upload')
  const address = `${registry.url}/v2/team/app/manifests`
  t.equal((await curl('--request', 'DELETE', `${address}/1`)).status, 202)
  t.equal((await curl('--head', `${address}/1`)).status, 404)
  await docker('image', 'rm', first, sibling)
  await t.rejects(docker('pull', first), /manifest unknown|not found/)
  await docker('pull', sibling)
  t.equal(await docker('run', '--rm', '--network', 'none', sibling), 'hello\nworld')
})
