import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import t from 'tap'
import { createClient } from '../helpers/e2e/command.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { freePort } from '../helpers/e2e/port.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { checkout, importNodeImage } from '../helpers/e2e/stand-in.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(400_000)

const serverUser = 65532
const { docker, env } = await startDocker(t, { storageDriver: 'auto' })
const directory = await temporaryDirectory(t)

await t.test('the image is built by its Dockerfile', async (t) => {
  await importNodeImage(docker, directory, 'node:here')
  const build = createClient('docker', ['build'], { env, timeout: 300_000 })
  const args = ['--build-arg', 'NODE_IMAGE=node:here', '--tag', 'layerhouse', checkout]
  await build('--network', 'host', ...args)
  const version = await docker('run', '--rm', '--network', 'none', 'layerhouse', 'version')
  t.match(version, /\d+\.\d+\.\d+/)
  const installed = await docker(
    ...['run', '--rm', '--network', 'none', '--entrypoint', 'ls'],
    ...['layerhouse', '/app', '/app/node_modules'],
  )
  t.notMatch(installed, /^(?:typescript|tap|test|src)$/m, 'no sources and no tools of development')
})

/** Starts the image on a directory of the host; gives what tests ask of it. */
async function start(data: string, ...options: readonly string[]) {
  const port = await freePort()
  const id = await docker(
    ...['run', '--detach', '--network', 'host', '--health-interval', '1s'],
    ...['--volume', `${data}:/var/lib/registry`, '--env', `LAYERHOUSE_HTTP_PORT=${port}`],
    ...[...options, 'layerhouse'],
  )
  const inspect = (format: string) => docker('inspect', '--format', format, id)
  const healthy = await within(30_000, async () => {
    return (await inspect('{{.State.Health.Status}}')) === 'healthy'
  })
  if (!healthy) throw new Error(`not healthy: ${await docker('logs', id)}`)
  const stop = async () => {
    await docker('stop', '--time', '20', id)
    const code = await inspect('{{.State.ExitCode}}')
    await docker('rm', id)
    return code
  }
  return { id, host: `127.0.0.1:${port}`, inspect, stop }
}

await t.test('a directory of root is served by a user without rights', async (t) => {
  const data = `${directory}/data`
  await mkdir(data)
  t.equal((await stat(data)).uid, 0)
  const layout = await writeLayout(directory, { greeting: 'hello\n' })
  const first = await start(data)
  const status = await readFile(`/proc/${await first.inspect('{{.State.Pid}}')}/status`, 'utf8')
  t.match(status, new RegExp(`^Uid:\\s+${serverUser}\\s+${serverUser}\\s`, 'm'))
  t.match(status, /^CapEff:\s+0+$/m)
  t.match(status, /^Name:\s+(?:node|MainThread)$/m, 'node itself gets the signals')
  const push = ['copy', '--dest-tls-verify=false', `oci:${layout.path}:amd64`]
  await skopeo(...push, `docker://${first.host}/team/app:1`)
  t.equal(await first.stop(), '0', 'docker stop ends it cleanly')
  const owners = (await readdir(data)).map(async (name) => (await stat(`${data}/${name}`)).uid)
  t.same(new Set(await Promise.all(owners)), new Set([serverUser]))

  const second = await start(data)
  const format = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}']
  const digest = await skopeo(...format, `docker://${second.host}/team/app:1`)
  t.equal(digest, layout.images[0]?.digest, 'a new container has the old data')
  t.match(await docker('exec', second.id, 'layerhouse', 'version'), /\d+\.\d+\.\d+/)
  t.equal(await second.stop(), '0')
})

await t.test('it runs as the user it is told to', async (t) => {
  const data = `${directory}/other`
  await mkdir(data)
  await createClient('chown')('1000:1000', data)
  const container = await start(data, '--user', '1000:1000', '--cap-drop', 'ALL', '--read-only')
  const status = await readFile(`/proc/${await container.inspect('{{.State.Pid}}')}/status`, 'utf8')
  t.match(status, /^Uid:\s+1000\s+1000\s/m)
  t.equal(await container.stop(), '0')
})
