import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Content } from '../push.ts'
import { startDaemon } from './daemon.ts'
import { freePort } from './port.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

/** Debian's docker-registry 2.8, with a storage root of its own. */
export interface Distribution {
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly url: string
  readonly root: string
  /** The `docker/registry/v2` in it. */
  readonly directory: string
  stop(): Promise<unknown>
  start(): Promise<void>
  pushBlob(repository: string, content: Content): Promise<void>
  pushManifest(
    repository: string,
    reference: string,
    manifest: Content,
    type?: string,
  ): Promise<void>
}

async function must(answer: Promise<Response>, status: number): Promise<Response> {
  const got = await answer
  if (got.status === status) return got
  throw new Error(`${got.url} was answered ${got.status}: ${await got.text()}`)
}

/** Starts one, and stops it at the end of `scope`. */
export async function startDistribution(scope: Scope): Promise<Distribution> {
  const above = await temporaryDirectory(scope)
  const root = join(above, 'registry')
  await mkdir(root)
  const host = `127.0.0.1:${await freePort()}`
  const url = `http://${host}`
  const config = join(above, 'config.json')
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
      http: { addr: host, secret: 'the same at each start' },
    }),
  )
  const launch = () =>
    startDaemon({
      command: 'docker-registry',
      args: ['serve', config],
      ready: async () => (await fetch(`${url}/v2/`)).status === 200,
    })
  let daemon = await launch()
  scope.teardown(() => daemon.stop())
  return {
    host,
    url,
    root,
    directory: join(root, 'docker/registry/v2'),
    stop: () => daemon.stop(),
    async start() {
      daemon = await launch()
    },
    async pushBlob(repository, { digest, bytes }) {
      const begun = fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST' })
      const location = (await must(begun, 202)).headers.get('location') ?? ''
      const end = `${location}&digest=${encodeURIComponent(digest)}`
      await must(fetch(end, { method: 'PUT', body: new Uint8Array(bytes) }), 201)
    },
    async pushManifest(
      repository,
      reference,
      { bytes },
      type = 'application/vnd.oci.image.manifest.v1+json',
    ) {
      const address = `${url}/v2/${repository}/manifests/${reference}`
      const headers = { 'content-type': type }
      await must(fetch(address, { method: 'PUT', headers, body: new Uint8Array(bytes) }), 201)
    },
  }
}
