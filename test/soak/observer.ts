import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { Collection } from './registry.ts'

interface Preview {
  readonly manifests: number
  readonly blobs: number
  readonly items: readonly object[]
  readonly nextAt?: string
}

/** Looks at the collector through the management API. */
export interface Observer {
  latest(): Promise<Collection | undefined>
  preview(): Promise<Preview>
  /** Sums over all collections. */
  sums(): Promise<{
    cycles: number
    manifests: number
    blobs: number
    bytes: number
    interrupted: number
  }>
  /** True once nothing is left to collect, now or later; false if that does not happen in time. */
  quiet(limit: number): Promise<boolean>
}

export function createObserver(client: Client): Observer {
  async function ask<T>(path: string): Promise<T> {
    const reply = await client.send('GET', `/api/v1${path}`)
    if (reply.status === 200) return JSON.parse(reply.body.toString()) as T
    throw new Error(`${path}: ${reply.status} ${reply.body}`)
  }

  async function preview(): Promise<Preview> {
    const reply = await client.sendJson('POST', '/api/v1/gc', { dryRun: true })
    if (reply.status === 200) return JSON.parse(reply.body.toString()) as Preview
    throw new Error(`a dry run: ${reply.status} ${reply.body}`)
  }

  return {
    preview,
    async latest() {
      const { items } = await ask<{ readonly items: readonly Collection[] }>('/gc/runs?limit=1')
      return items[0]
    },
    async sums() {
      const sums = { cycles: 0, manifests: 0, blobs: 0, bytes: 0, interrupted: 0 }
      for (let next: string | null | undefined = ''; typeof next === 'string'; ) {
        const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`
        const page: { readonly items: readonly Collection[]; readonly next?: string | null } =
          await ask(`/gc/runs?limit=200${cursor}`)
        for (const { manifests, blobs, freedBytes, error } of page.items) {
          sums.cycles += 1
          sums.manifests += manifests
          sums.blobs += blobs
          sums.bytes += freedBytes
          if (error === 'interrupted') sums.interrupted += 1
        }
        next = page.next
      }
      return sums
    },
    async quiet(limit) {
      const end = Date.now() + limit
      while (Date.now() < end) {
        const { manifests, blobs, nextAt } = await preview()
        if (manifests + blobs === 0 && nextAt === undefined) return true
        await delay(200)
      }
      return false
    },
  }
}
