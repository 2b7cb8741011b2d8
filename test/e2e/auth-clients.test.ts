import { join } from 'node:path'
import t from 'tap'
import { addUser, failing } from '../helpers/e2e/accounts.ts'
import { must } from '../helpers/e2e/command.ts'
import { curl } from '../helpers/e2e/curl.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(120_000)

const registry = await startRegistry(t, {
  env: { LAYERHOUSE_AUTH_MODE: 'users', LAYERHOUSE_AUTH_ANONYMOUS_PULL: 'public/**' },
})
const directory = await temporaryDirectory(t)
const layout = await writeLayout(directory, { greeting: 'hello\n' })
const source = `oci:${layout.path}:amd64`
const other = `oci:${layout.path}:arm64`
const password = 'correct horse battery'
const authfile = join(directory, 'auth.json')
const to = ['copy', '--dest-tls-verify=false']
const from = ['copy', '--src-tls-verify=false']
const image = (name: string) => `docker://${registry.host}/${name}`

await addUser(registry, 'pusher', password, {
  'team/**': 'pull,push',
  'public/**': 'pull,push,overwrite',
})
await addUser(registry, 'reader', password, { 'team/**': 'pull' })

const asPusher = ['--dest-creds', `pusher:${password}`]
const asReader = ['--src-creds', `reader:${password}`]

await t.test('skopeo pushes and pulls with a name and a password', async (t) => {
  await skopeo(...to, ...asPusher, source, image('team/app:latest'))
  await skopeo(...from, ...asReader, image('team/app:latest'), `dir:${join(directory, 'pulled')}`)
  t.pass('both succeed')
})

await t.test('skopeo is told that a password is wrong', async (t) => {
  const args = [...to, '--dest-creds', 'pusher:wrong', source, image('team/app:latest')]
  t.match(await failing('skopeo', args), /unauthorized|invalid username\/password/i)
})

await t.test('who may only pull is told so when pushing', async (t) => {
  const args = [...to, '--dest-creds', `reader:${password}`, source, image('team/app:mine')]
  t.match(await failing('skopeo', args), /reader may not push to team\/app|denied/)
})

await t.test('who may push but not overwrite is told so when a tag would move', async (t) => {
  await skopeo(...to, ...asPusher, source, image('team/app:latest'))
  const args = [...to, ...asPusher, other, image('team/app:latest')]
  t.match(await failing('skopeo', args), /can't be overwritten/)
})

await t.test('public images are pulled by anybody, and pushed by few', async (t) => {
  await skopeo(...to, ...asPusher, source, image('public/app:1'))
  await skopeo(...from, image('public/app:1'), `dir:${join(directory, 'public')}`)
  const hidden = [...from, image('team/app:latest'), `dir:${join(directory, 'hidden')}`]
  t.match(await failing('skopeo', hidden), /authentication required|unauthorized/)
  t.match(await failing('skopeo', [...to, source, image('public/app:2')]), /unauthorized|required/)
})

await t.test('podman signs in, pulls, and signs out', async (t) => {
  const login = ['login', '--authfile', authfile, '--tls-verify=false', '-u', 'reader']
  const input = { input: password }
  await must('podman', [...login, '--password-stdin', registry.host], input)
  const wrong = await failing('podman', [...login, '--password-stdin', registry.host], {
    input: 'wrong',
  })
  t.match(wrong, /invalid username\/password|unauthorized/)
  const inspect = ['inspect', '--tls-verify=false', '--authfile', authfile]
  t.match(await skopeo(...inspect, image('team/app:latest')), /"Digest"/)
  await must('podman', ['logout', '--authfile', authfile, registry.host])
  t.match(
    await failing('skopeo', [...inspect, image('team/app:latest')]),
    /authentication required|unauthorized/,
  )
})

await t.test('curl needs nothing but a name and a password', async (t) => {
  const url = `${registry.url}/v2/team/app/manifests/latest`
  const manifest = ['--header', 'Accept: application/vnd.oci.image.manifest.v1+json', url]
  t.equal((await curl('--user', `reader:${password}`, ...manifest)).status, 200)
  t.equal((await curl('--user', 'reader:wrong', ...manifest)).status, 401)
  const nobody = await curl(...manifest)
  t.equal(nobody.status, 401)
  t.equal(
    nobody.headers.get('www-authenticate'),
    `Bearer realm="${registry.url}/token",service="layerhouse",scope="repository:team/app:pull"`,
  )
  const denied = await curl('--user', `reader:${password}`, '--request', 'DELETE', url)
  t.equal(denied.status, 403)
  t.match(denied.body, /reader may not delete from team\/app \(the right \\"delete\\" is missing\)/)
})

await t.test('nothing that was signed in with is in the log', async (t) => {
  t.notMatch(registry.log(), password)
  t.notMatch(registry.log(), /eyJ|lh[trso]_/)
})
