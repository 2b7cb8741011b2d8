import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Target } from '../work.ts'
import { type Content, type Image, manifestType } from './content.ts'

async function send(url: string, init: RequestInit, expected: number): Promise<Response> {
  const answer = await fetch(url, init)
  if (answer.status === expected) return answer
  throw new Error(`${init.method} ${url}: ${answer.status} ${await answer.text()}`)
}

async function placeFile({ root }: Target, path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), bytes)
}

/** Puts a blob where the target will serve it. */
export async function publishBlob(target: Target, name: string, blob: Content): Promise<void> {
  const { contender, url } = target
  if (contender.kind === 'files') {
    return placeFile(target, `v2/${name}/blobs/${blob.digest}`, blob.bytes)
  }
  const begun = await send(`${url}/v2/${name}/blobs/uploads/`, { method: 'POST' }, 202)
  const location = new URL(begun.headers.get('location') ?? '', url)
  location.searchParams.set('digest', blob.digest)
  const headers = { 'content-type': 'application/octet-stream' }
  await send(location.href, { method: 'PUT', body: blob.bytes, headers }, 201)
}

export async function publishManifest(
  target: Target,
  name: string,
  reference: string,
  manifest: Content,
): Promise<void> {
  const path = `/v2/${name}/manifests/${reference}`
  if (target.contender.kind === 'files') return placeFile(target, path, manifest.bytes)
  const headers = { 'content-type': manifestType }
  await send(target.url + path, { method: 'PUT', body: manifest.bytes, headers }, 201)
}

/** Puts an image there, to be had by tag and by digest. */
export async function publishImage(
  target: Target,
  name: string,
  tag: string,
  { blobs, manifest }: Image,
): Promise<void> {
  for (const blob of blobs) await publishBlob(target, name, blob)
  await publishManifest(target, name, tag, manifest)
  if (target.contender.kind === 'files') {
    await publishManifest(target, name, manifest.digest, manifest)
  }
}
