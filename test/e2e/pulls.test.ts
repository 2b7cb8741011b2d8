import { Agent, request } from 'node:http'
import t from 'tap'
import { startContainerd } from '../helpers/e2e/containerd.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { createStorage, skopeo } from '../helpers/e2e/storage.ts'
import { readPulls } from '../helpers/pulls.ts'

t.setTimeout(300_000)

const directory = await temporaryDirectory(t)
const layout = await writeLayout(directory, { greeting: 'hello\n' })
const [amd64, arm64] = layout.images.map(({ digest }) => digest) as [string, string]
const digests = [layout.index, amd64, arm64]

/** Pushes the index with its images as `repository:all`. */
async function push(registry: Registry, repository: string): Promise<void> {
  const target = `docker://${registry.host}/${repository}:all`
  await skopeo('copy', '--dest-tls-verify=false', '--all', `oci:${layout.path}:all`, target)
}

function counts(tag: number, manifests: readonly [number, number, number], repository: number) {
  const entries = digests.map((digest, n) => [digest, manifests[n]])
  return { tags: { all: tag }, manifests: Object.fromEntries(entries), repository }
}

/** A client with one connection and a name of its own. */
function openClient(name: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { accept: '*/*', 'user-agent': name }
  return {
    close: () => agent.destroy(),
    ask: (method: 'GET' | 'HEAD', url: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(url, { agent, method, headers }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode))
        })
        asked.on('error', reject).end()
      }),
  }
}

function openClients(count: number) {
  return Array.from({ length: count }, (_, n) => openClient(`client ${n}`))
}

/** Which processes have answered by now. */
function answered(registry: Registry): ReadonlySet<string> {
  return new Set(registry.log().match(/"reqId":"(req|w\d+)-/g))
}

/** Waits until all of three processes answer: a new connection goes to whoever has the fewest. */
async function allAnswer(registry: Registry): Promise<boolean> {
  return within(20_000, async () => {
    const clients = openClients(3)
    await Promise.all(clients.map(({ ask }) => ask('GET', `${registry.url}/v2/_catalog`)))
    for (const { close } of clients) close()
    return answered(registry).size === 3
  })
}

await t.test('after a clean stop every pull of every process is counted', async (t) => {
  const registry = await startRegistry(t, { env: { LAYERHOUSE_HTTP_WORKERS: '3' } })
  t.ok(await allAnswer(registry))
  await push(registry, 'team/tool')
  const manifests = `${registry.url}/v2/team/tool/manifests`
  // Three connections each, so that what a client does comes to several processes.
  const clients = Array.from({ length: 8 }, (_, n) =>
    Array.from({ length: 3 }, () => openClient(`client ${n}`)),
  )
  const statuses = await Promise.all(
    clients.map(async (connections) => {
      const seen: (number | undefined)[] = []
      const ask = async (method: 'GET' | 'HEAD', reference: string) => {
        const connection = connections[seen.length % 3] as (typeof connections)[number]
        seen.push(await connection.ask(method, `${manifests}/${reference}`))
      }
      for (let n = 0; n < 25; n++) {
        await ask('HEAD', 'all')
        await ask('GET', layout.index)
        await ask('GET', arm64)
        await ask('GET', 'all')
      }
      return seen
    }),
  )
  t.same([...new Set(statuses.flat())], [200])
  for (const { close } of clients.flat()) close()
  t.same(await registry.stop(), { code: 0, signal: null })
  const read = () => readPulls(registry.root, 'team/tool', { tags: ['all'], digests })
  t.same(await read(), counts(400, [400, 0, 200], 200))

  await registry.start()
  const late = openClient('late')
  t.equal(await late.ask('GET', `${manifests}/all`), 200)
  late.close()
  t.same(await registry.stop(), { code: 0, signal: null })
  t.same(await read(), counts(401, [401, 0, 200], 200), 'a later run goes on with the numbers')
})

await t.test('one pull by a real client is one pull of the tag', async (t) => {
  const registry = await startRegistry(t)
  const { docker } = await startDocker(t)
  const { ctr } = await startContainerd(t)
  const { podman } = await createStorage(t)
  const platform = ['--platform', 'linux/amd64']
  const image = (client: string) => `${registry.host}/by/${client}:all`
  const clients: Readonly<Record<string, () => Promise<unknown>>> = {
    docker: () => docker('pull', ...platform, image('docker')),
    containerd: () =>
      ctr(
        ...['images', 'pull', '--plain-http', '--snapshotter', 'native'],
        ...[...platform, image('containerd')],
      ),
    podman: () => podman('pull', '--tls-verify=false', ...platform, image('podman')),
    skopeo: () =>
      skopeo(
        ...['--override-os', 'linux', '--override-arch', 'amd64', 'copy', '--src-tls-verify=false'],
        ...[`docker://${image('skopeo')}`, `dir:${directory}/copy`],
      ),
  }
  for (const client of Object.keys(clients)) await push(registry, `by/${client}`)
  for (const pull of Object.values(clients)) await pull()
  t.same(await registry.stop(), { code: 0, signal: null })
  for (const client of Object.keys(clients)) {
    const seen = await readPulls(registry.root, `by/${client}`, { tags: ['all'], digests })
    t.same(seen, counts(1, [1, 1, 0], 1), client)
  }
})
