import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../../src/commands/all.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { dockerSave, tarOf } from '../../helpers/archives.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { makeTestCertificates, secureRequest } from '../../helpers/tls.ts'
import { makeTree } from '../adopt/tree.ts'
import { createWorld } from './world.ts'

/** Runs commands where the environment is this one. */
const runIn =
  (env: Readonly<Record<string, string>>) =>
  async (...args: readonly string[]) => {
    const world = createWorld(env)
    const code = await dispatch('layerhouse', commands, args, world.io)
    return { code, stdout: world.stdout(), stderr: world.stderr() }
  }

for (const [way, offline] of Object.entries({
  'through the registry': false,
  'without one': true,
})) {
  t.test(`where people sign in over HTTPS, files go in and out ${way}`, async (t) => {
    const directory = t.testdir({ files: {} })
    const { env: tls } = await makeTestCertificates(t)
    const env = { LAYERHOUSE_AUTH_MODE: 'users', ...tls }
    const registry = await startRegistry(t, { root: join(directory, 'data'), env })
    if (offline) await registry.stop()
    const run = runIn(env)
    const place = ['--root', registry.root, '--port', `${registry.port}`, '--host', '127.0.0.1']
    const archive = join(directory, 'files', 'in.tar')
    writeFileSync(archive, await tarOf((await dockerSave()).entries))

    const imported = await run('import', archive, '--json', '--quiet', ...place)
    t.same([imported.code, imported.stderr], [0, ''])
    const { images } = JSON.parse(imported.stdout)
    const file = join(directory, 'files', 'out.tar')
    const exported = await run('export', 'team/app:1.2', '-o', file, '--quiet', ...place)
    t.same([exported.code, exported.stderr], [0, ''])
    const back = await run('import', file, '--repo', 'other/app', '--json', '--quiet', ...place)
    t.match(JSON.parse(back.stdout), {
      images: [{ reference: 'other/app:1.2', digest: images[0].digest, newBytes: 0 }],
    })

    writeFileSync(archive, Buffer.alloc(3 * 1024 * 1024, 'x'))
    const refused = await run('import', archive, '--quiet', ...place)
    t.match(refused, { code: 1, stderr: /^layerhouse import: the archive can't be imported: / })
    const none = await run('export', 'team/none:1', '-o', file, '--quiet', ...place)
    t.match(none, { code: 1, stderr: /manifest unknown/ })
  })
}

t.test('files go to no other certificate, and nowhere without the secret', async (t) => {
  const directory = t.testdir({ files: {} })
  const { env: tls, ca } = await makeTestCertificates(t)
  const { env: others } = await makeTestCertificates(t)
  const users = { LAYERHOUSE_AUTH_MODE: 'users' }
  const { root, port } = await startRegistry(t, {
    root: join(directory, 'data'),
    env: { ...users, ...tls },
  })
  const place = ['--root', root, '--port', `${port}`, '--host', '127.0.0.1', '--quiet']
  const archive = join(directory, 'files', 'in.tar')
  writeFileSync(archive, await tarOf((await dockerSave()).entries))
  const out = join(directory, 'files', 'out.tar')
  const tries = [
    ['import', archive],
    ['export', 'team/app:1.2', '-o', out],
  ] as const

  for (const args of tries) {
    const elsewhere = await runIn({ ...users, ...others })(...args, ...place)
    t.match(elsewhere, { code: 1, stdout: '', stderr: /it shows another certificate than / })
  }
  const secret = readFileSync(join(root, 'keys', 'operator'))
  rmSync(join(root, 'keys', 'operator'))
  for (const args of tries) {
    const unknown = await runIn({ ...users, ...tls })(...args, ...place)
    t.match(unknown, { code: 1, stdout: '', stderr: /sign in first/ })
  }
  const headers = { authorization: `Bearer ${secret}` }
  const { text } = await secureRequest(port, '/v2/_catalog', { ca, headers })
  t.match(JSON.parse(text), { repositories: [] })
})

t.test('what is adopted is there for those who sign in, and for nobody else', async (t) => {
  const { env: tls, ca } = await makeTestCertificates(t)
  const env = { LAYERHOUSE_AUTH_MODE: 'users', ...tls }
  const tree = makeTree(t)
  const { manifest } = tree.image('team/app', 'v1')
  const adopted = await runIn(env)('adopt', tree.root, '--root', tree.root, '--quiet')
  t.same([adopted.code, adopted.stderr], [0, ''])

  const { root, port } = await startRegistry(t, { root: tree.root, env })
  const path = '/v2/team/app/manifests/v1'
  t.equal((await secureRequest(port, path, { ca })).status, 401)
  const secret = readFileSync(join(root, 'keys', 'operator'), 'utf8')
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const headers = { authorization: `Bearer ${secret}`, accept }
  const answer = await secureRequest(port, path, { ca, headers })
  t.equal(answer.status, 200, answer.text)
  t.equal(answer.headers['docker-content-digest'], manifest.digest)
  const running = await runIn(env)('adopt', tree.root, '--root', root, '--quiet')
  t.match(running, { code: 1, stderr: /another Layerhouse works on the data directory/ })
})
