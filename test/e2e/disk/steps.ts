import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { ociImage } from '../../../src/oci/media-types.ts'
import { beginUpload, closingAddress, pushBlob } from '../../helpers/e2e/blob.ts'
import type { Registry } from '../../helpers/e2e/registry.ts'
import { type Content, imageOf, randomContent } from '../../helpers/push.ts'

/** Every way to change what a registry holds, one request each, on content made before. */

export interface Reply {
  readonly status: number
  readonly retryAfter: string | null
  readonly text: string
}

export interface Step {
  readonly name: string
  readonly run: () => Promise<Reply>
  /** Asks the registry, now or after a restart, whether the step's change is there; all of it. */
  readonly isDone: () => Promise<boolean>
}

async function ask(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init)
  const retryAfter = response.headers.get('retry-after')
  return { status: response.status, retryAfter, text: await response.text() }
}

function bodyOf(method: string, { bytes }: Content, type = 'application/octet-stream') {
  return { method, body: new Uint8Array(bytes), headers: { 'content-type': type } }
}

/** Whether a place serves exactly this; anything but that and 404 is a failure of the test. */
async function serves(url: string, { bytes }: Content): Promise<boolean> {
  const response = await fetch(url)
  const body = Buffer.from(await response.arrayBuffer())
  if (response.status === 404) return false
  if (response.status === 200 && body.equals(bytes)) return true
  throw new Error(`${url} was answered ${response.status}: ${body.subarray(0, 200)}`)
}

async function put(url: string, content: Content): Promise<void> {
  const { status, text } = await ask(url, bodyOf('PUT', content, ociImage))
  if (status !== 201) throw new Error(`PUT of a manifest was answered ${status}: ${text}`)
}

export interface Scene {
  readonly steps: readonly Step[]
  /** Fails `t` unless what was pushed before any fault can be pulled, listed and looked for. */
  readonly checkReads: (t: Test) => Promise<void>
}

/** Pushes what is needed to a repository, and gives the steps to try while the disk fails. */
export async function setScene({ url }: Registry, name = 'team/app'): Promise<Scene> {
  const address = `${url}/v2/${name}`
  const [config, layer] = [randomContent(64), randomContent(300_000)]
  for (const content of [config, layer]) await pushBlob({ address }, content.bytes)
  const image = (extra: object) => imageOf(config, [layer], { annotations: extra })
  const [kept, doomed, untagged, fresh] = ['kept', 'doomed', 'untagged', 'new'].map((text) =>
    image({ text }),
  ) as [Content, Content, Content, Content]
  await put(`${address}/manifests/kept`, kept)
  await put(`${address}/manifests/doomed`, doomed)
  await put(`${address}/manifests/untagged`, untagged)
  const deleted = randomContent()
  await pushBlob({ address }, deleted.bytes)
  const blob = ({ digest }: Content) => `${address}/blobs/${digest}`

  /** A request that brings content; with `path` below the address of an upload that was begun. */
  const closing = async (begun: boolean): Promise<Step> => {
    const content = randomContent(200_000)
    const location = await beginUpload({ address })
    if (begun) await ask(location, bodyOf('PATCH', content))
    const end = closingAddress(location, content.digest)
    return {
      name: begun ? 'PUT that ends an upload' : 'PUT with content',
      run: () => ask(end, begun ? { method: 'PUT' } : bodyOf('PUT', content)),
      isDone: () => serves(blob(content), content),
    }
  }
  const whole = randomContent(100_000)
  const [growing, cancelled] = [await beginUpload({ address }), await beginUpload({ address })]
  const piece = { ...randomContent(), bytes: randomBytes(100_000) }
  const away = (url: string, content: Content): Pick<Step, 'run' | 'isDone'> => ({
    run: () => ask(url, { method: 'DELETE' }),
    isDone: async () => !(await serves(url, content)),
  })
  const steps: readonly Step[] = [
    {
      name: 'PATCH',
      run: () => ask(growing, bodyOf('PATCH', piece)),
      isDone: async () =>
        (await fetch(growing)).headers.get('range') === `0-${piece.bytes.length - 1}`,
    },
    await closing(true),
    await closing(false),
    {
      name: 'POST with content',
      run: () => ask(`${address}/blobs/uploads/?digest=${whole.digest}`, bodyOf('POST', whole)),
      isDone: () => serves(blob(whole), whole),
    },
    {
      name: 'mount',
      run: () =>
        ask(`${url}/v2/other/app/blobs/uploads/?mount=${layer.digest}&from=${name}`, {
          method: 'POST',
        }),
      isDone: () => serves(`${url}/v2/other/app/blobs/${layer.digest}`, layer),
    },
    {
      name: 'PUT of a manifest',
      run: () => ask(`${address}/manifests/fresh`, bodyOf('PUT', fresh, ociImage)),
      isDone: () => serves(`${address}/manifests/fresh`, fresh),
    },
    { name: 'DELETE of a tag', ...away(`${address}/manifests/untagged`, untagged) },
    {
      name: 'DELETE of a manifest',
      ...away(`${address}/manifests/${doomed.digest}`, doomed),
      isDone: async () => !(await serves(`${address}/manifests/doomed`, doomed)),
    },
    { name: 'DELETE of a blob', ...away(blob(deleted), deleted) },
    {
      name: 'DELETE of an upload',
      run: () => ask(cancelled, { method: 'DELETE' }),
      isDone: async () => (await fetch(cancelled)).status === 404,
    },
    {
      name: 'POST',
      run: () => ask(`${address}/blobs/uploads/`, { method: 'POST' }),
      // It makes nothing that could be seen without the address in its answer.
      isDone: async () => true,
    },
  ]
  return {
    steps,
    checkReads: async (t) => {
      for (const content of [config, layer]) {
        t.ok(await serves(blob(content), content), 'a blob is pulled')
        t.equal((await ask(blob(content), { method: 'HEAD' })).status, 200)
      }
      t.ok(await serves(`${address}/manifests/kept`, kept), 'a manifest is pulled')
      t.match(JSON.parse((await ask(`${address}/tags/list`)).text), { tags: /kept/ })
    },
  }
}
