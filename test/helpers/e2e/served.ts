import { sha256 } from './digest.ts'

interface Descriptor {
  readonly digest: string
}

interface AnyManifest {
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
}

/** What a registry serves: `repository:tag` → `digest` if all of it came, else what did not. */
export type Served = ReadonlyMap<string, string>

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

/** The bytes, or the reason why there are none. */
async function get(url: string): Promise<Buffer | string> {
  const answer = await fetch(url, { headers: { accept } })
  const body = Buffer.from(await answer.arrayBuffer())
  return answer.status === 200 ? body : `${answer.status} for ${url.slice(url.indexOf('/v2/'))}`
}

async function names<Key extends string>(url: string, key: Key): Promise<readonly string[]> {
  const body = await get(url)
  if (typeof body === 'string') return []
  return (JSON.parse(String(body)) as Record<Key, readonly string[] | null>)[key] ?? []
}

/** Pulls a manifest and all that it names; gives its digest, or what is wrong. */
async function pull(url: string, repository: string, reference: string): Promise<string> {
  const body = await get(`${url}/v2/${repository}/manifests/${reference}`)
  if (typeof body === 'string') return body
  const { config, layers = [], manifests = [] } = JSON.parse(String(body)) as AnyManifest
  for (const { digest } of manifests) {
    const child = await pull(url, repository, digest)
    if (child !== digest) return child
  }
  for (const { digest } of config === undefined ? layers : [config, ...layers]) {
    const blob = await get(`${url}/v2/${repository}/blobs/${digest}`)
    if (typeof blob === 'string') return blob
    if (digest.startsWith('sha256:') && sha256(blob) !== digest) return `${digest} is spoiled`
  }
  return sha256(body)
}

/** Pulls every tag that a registry lists, of images and indexes, whatever comes of it. */
export async function allServed(url: string): Promise<Served> {
  const served = new Map<string, string>()
  for (const repository of await names(`${url}/v2/_catalog?n=1000`, 'repositories')) {
    for (const tag of await names(`${url}/v2/${repository}/tags/list`, 'tags')) {
      served.set(`${repository}:${tag}`, await pull(url, repository, tag))
    }
  }
  return served
}

/** Those of which everything came. */
export function wholeOf(served: Served): Served {
  return new Map(
    [...served].filter(([, digest]) => digest.startsWith('sha256:') && !digest.includes(' ')),
  )
}
