import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must, run } from '../../test/helpers/e2e/command.ts'
import { findProgram } from '../process/programs.ts'
import type { ToolName } from '../work.ts'

/** `bench/client`, seen from `dist/bench/run/`. */
const clientSource = fileURLToPath(new URL('../../../bench/client', import.meta.url))

/** The programs that make load, as far as they are there. */
export interface Tools {
  readonly wrk: string
  readonly client: string
  /** Why a work that needs these can't be done. */
  lack(needs: readonly ToolName[]): string | undefined
  versions(): Promise<Readonly<Record<string, string>>>
}

const programs: Readonly<Record<ToolName, readonly string[]>> = {
  wrk: ['wrk'],
  go: ['go'],
  dockerd: ['dockerd', 'docker', 'containerd'],
  skopeo: ['skopeo'],
}

const versionQueries: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['wrk', ['-v'], /^wrk (\S+)/],
  ['go', ['version'], /go(\d\S+)/],
  ['dockerd', ['--version'], /version ([^,\s]+)/],
  ['skopeo', ['--version'], /version (\S+)/],
]

async function versionOf(name: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { stdout, stderr } = await run(name, args)
  return pattern.exec(stdout + stderr)?.[1] ?? 'unknown'
}

function findLack(need: ToolName): string | undefined {
  const missing = programs[need].find((name) => findProgram(name) === undefined)
  if (missing !== undefined) return `needs ${missing}`
  return need === 'dockerd' && process.getuid?.() !== 0 ? 'dockerd needs root' : undefined
}

/** Looks for them, and compiles the client into `directory` if a work needs it. */
export async function findTools(needs: ReadonlySet<ToolName>, directory: string): Promise<Tools> {
  const client = join(directory, 'client')
  const lacks = new Map([...needs].map((need) => [need, findLack(need)]))
  if (needs.has('go') && lacks.get('go') === undefined) {
    await must('go', ['build', '-o', client, '.'], { cwd: clientSource, timeout: 300_000 })
  }
  return {
    wrk: findProgram('wrk') ?? 'wrk',
    client,
    lack: (wanted) => wanted.map((need) => lacks.get(need)).find((lack) => lack !== undefined),
    async versions() {
      const used = versionQueries.filter(
        ([name]) => needs.has(name as ToolName) && lacks.get(name as ToolName) === undefined,
      )
      const found = used.map(
        async ([name, args, pattern]) => [name, await versionOf(name, args, pattern)] as const,
      )
      return Object.fromEntries(await Promise.all(found))
    },
  }
}
