import { within } from './daemon.ts'

/** A collection of garbage, as the management API tells it. */
export interface GcRun {
  readonly id: number
  readonly cause: string
  readonly finishedAt?: string
  readonly manifests: number
  readonly blobs: number
  readonly error?: string
}

/** Asks below `/api/v1`; any answer but one of success is an error that shows it. */
export async function askManagement<Answer>(
  url: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<Answer> {
  // A connection that is kept for later would count as one the registry left open.
  const headers = { connection: 'close', 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${url}/api/v1${path}`, { method, headers, ...sent })
  const text = await response.text()
  if (response.ok) return JSON.parse(text) as Answer
  throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
}

/** The latest collections, the newest first. */
export async function latestRuns(url: string): Promise<readonly GcRun[]> {
  return (await askManagement<{ items: readonly GcRun[] }>(url, 'GET', '/gc/runs')).items
}

/** Waits until that many more collections have ended, whoever began them. */
export async function awaitRuns(url: string, count: number, milliseconds = 30_000): Promise<void> {
  const newest = (await latestRuns(url))[0]?.id ?? 0
  const passed = await within(milliseconds, async () =>
    (await latestRuns(url)).some(({ id, finishedAt }) => id >= newest + count && finishedAt),
  )
  if (!passed) throw new Error(`no ${count} collections in ${milliseconds} ms`)
}
