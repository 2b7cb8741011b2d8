import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startTool, type Tool } from '../process/tool.ts'
import type { Bench, Sample, Target } from '../work.ts'

/** What the client of `bench/client` prints. Times are milliseconds of one unit of work. */
export interface ClientResult {
  readonly seconds: number
  /** Bytes, images or requests. */
  readonly units: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly digest?: string
}

type Flags = Readonly<Record<string, string | number>>
type Command = 'content' | 'push' | 'images' | 'pull' | 'mount' | 'head' | 'latency' | 'crowd'

export function startClient({ client }: Bench, command: Command, flags: Flags): Tool {
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  return startTool(client, [command, ...args])
}

/** @throws Error if anything but the expected was answered */
export async function runClient(
  bench: Bench,
  command: Command,
  flags: Flags,
): Promise<ClientResult> {
  return JSON.parse(await startClient(bench, command, flags).done) as ClientResult
}

/** Bytes moved as MB/s; CPU time counts by GB. */
export function asThroughput({ seconds, units }: ClientResult): Sample {
  return { value: units / 1e6 / seconds, amount: units / 1e9 }
}

/** Pieces of work as a rate; CPU time counts by the thousand. */
export function asRate({ seconds, units, p50, p99 }: ClientResult): Sample {
  const details = { 'p50 ms': p50, 'p99 ms': p99 }
  return { value: units / seconds, amount: units / 1000, details }
}

/** Puts a large blob where the target will serve it; gives its digest. */
export async function publishLayer(
  target: Target,
  bench: Bench,
  repository: string,
  bytes: number,
): Promise<string> {
  const { host, root, contender } = target
  const seed = 'published'
  const { digest = '' } = await runClient(bench, 'content', { seed: `${seed} 0`, bytes })
  if (contender.kind === 'registry') {
    await runClient(bench, 'push', { host, repository, seed, bytes })
  } else {
    const file = join(root, `v2/${repository}/blobs/${digest}`)
    await mkdir(dirname(file), { recursive: true })
    await runClient(bench, 'content', { seed: `${seed} 0`, bytes, file })
  }
  return digest
}
