import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { Collection } from './registry.ts'

interface Page {
  readonly items: readonly Collection[]
  readonly next?: string | null
}

/** What a run says whose process was killed. */
const interrupted = 'interrupted'

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
    /** What those said that failed for another reason. */
    errors: readonly string[]
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

  async function allRuns(): Promise<readonly Collection[]> {
    const runs: Collection[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: Page = await ask(`/gc/runs?limit=200${after}`)
      runs.push(...page.items)
      cursor = page.next ?? undefined
    }
    return runs
  }

  return {
    preview,
    async latest() {
      const { items } = await ask<{ readonly items: readonly Collection[] }>('/gc/runs?limit=1')
      return items[0]
    },
    async sums() {
      const runs = await allRuns()
      const sum = (of: 'manifests' | 'blobs' | 'freedBytes') =>
        runs.reduce((total, run) => total + run[of], 0)
      const errors = runs.flatMap(({ error }) => (error === undefined ? [] : [error]))
      return {
        cycles: runs.length,
        manifests: sum('manifests'),
        blobs: sum('blobs'),
        bytes: sum('freedBytes'),
        interrupted: errors.filter((error) => error === interrupted).length,
        errors: errors.filter((error) => error !== interrupted),
      }
    },
    async quiet(limit) {
      const end = Date.now() + limit
      while (Date.now() < end) {
        const { manifests, blobs, nextAt } = await preview()
        if (manifests + blobs === 0 && nextAt === undefined) {
          // Rows are gone before their files: a whole collection waits for those, too.
          const { status, body } = await client.sendJson('POST', '/api/v1/gc', {})
          if (status === 200) return true
          throw new Error(`a collection: ${status} ${body}`)
        }
        await delay(200)
      }
      return false
    },
  }
}
