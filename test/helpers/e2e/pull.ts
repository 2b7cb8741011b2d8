import { sha256 } from './digest.ts'

interface Descriptor {
  readonly digest: string
}

interface ImageManifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

async function get(url: string): Promise<Buffer> {
  const answer = await fetch(url, { headers: { accept: '*/*' } })
  const body = Buffer.from(await answer.arrayBuffer())
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}: ${body}`)
  const digest = answer.headers.get('docker-content-digest')
  if (digest !== null && sha256(body) !== digest) throw new Error(`${url} is not ${digest}`)
  return body
}

async function list<Key extends string>(url: string, key: Key): Promise<readonly string[]> {
  return (JSON.parse(String(await get(url))) as Record<Key, readonly string[]>)[key]
}

/**
 * Pulls every tag of every repository, manifest and blobs, and compares each with its digest.
 * Gives `repository:tag` → digest of the manifest.
 * @throws Error for anything that is not there or not what its name says.
 */
export async function pullEverything(url: string): Promise<ReadonlyMap<string, string>> {
  const pulled = new Map<string, string>()
  for (const name of await list(`${url}/v2/_catalog`, 'repositories')) {
    for (const tag of await list(`${url}/v2/${name}/tags/list`, 'tags')) {
      const manifest = await get(`${url}/v2/${name}/manifests/${tag}`)
      const { config, layers } = JSON.parse(String(manifest)) as ImageManifest
      for (const { digest } of [config, ...layers]) {
        const blob = await get(`${url}/v2/${name}/blobs/${digest}`)
        if (sha256(blob) !== digest) throw new Error(`${digest} of ${name}:${tag} is spoiled`)
      }
      pulled.set(`${name}:${tag}`, sha256(manifest))
    }
  }
  return pulled
}
