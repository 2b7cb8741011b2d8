import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { type Download, openManagement } from '../management.ts'
import { humanBytes } from '../services/human-bytes.ts'
import { type Command, UsageError } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import type { Progress } from './progress.ts'
import { runTask, taskFlagsHelp, taskSwitches } from './task.ts'

interface Report {
  readonly file: string
  readonly bytes: number
}

export const exportArchive: Command = {
  name: 'export',
  summary: 'Write images to a file that docker load and others read.',
  usage: `Usage: layerhouse export REF… -o FILE|- [--platform P] [--since REF,…] [--prefix HOST] [--quiet] [--json] ${configurationSynopsis}

Writes one archive of images for docker load, podman load, skopeo, ctr image import and layerhouse
import; to standard output for "-". The file has its name only once it is complete. A running registry
is asked for it; if none runs, it is made here.

Flags:
${configurationFlagsHelp([
  ['-o, --output FILE', 'Where to write the archive.'],
  ['--platform P', 'Of images for several platforms this one alone: linux/arm64.'],
  ['--since REF,…', 'Leave out what these images have; for layerhouse import alone.'],
  ['--prefix HOST', 'Stands before the names: registry.example.com:5000.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const own = { positionals: ['REF'], more: true, values: ['output', ...queryFlags] as const }
    const given = loadFromArgs(withLongOutput(args), io, taskSwitches, own)
    const { config, warnings, switches, positionals, values } = given
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const file = values.output ?? ''
    if (file === '')
      throw new UsageError('-o is missing; write -o FILE, or -o - for standard output')
    if (file === '-' && switches.has('json')) throw new UsageError('--json needs -o FILE')
    const query = queryOf(positionals, values)
    const task = {
      name: 'export',
      switches,
      async work(progress: Progress): Promise<Report> {
        const registry = await openManagement(config)
        const save = async () =>
          write(await registry.download(`/images/export?${query}`), file, progress)
        return save().finally(registry.close)
      },
      format: ({ bytes }: Report) => (file === '-' ? '' : `${file} has ${humanBytes(bytes)}\n`),
      json: (report: Report) => report,
      warnings: () => [],
    }
    return runTask(task, io)
  },
}

const queryFlags = ['platform', 'since', 'prefix'] as const

/** `-o` takes a value, which short flags of other commands do not. */
function withLongOutput(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  const flags = end === -1 ? args.length : end
  const at = args.indexOf('-o')
  if (at === -1 || at > flags) return args
  const value = args[at + 1]
  if (value === undefined) throw new UsageError('-o needs a file')
  return [...args.slice(0, at), `--output=${value}`, ...args.slice(at + 2)]
}

function queryOf(
  references: readonly string[],
  { platform, since, prefix }: Readonly<Partial<Record<(typeof queryFlags)[number], string>>>,
): URLSearchParams {
  const list = (text: string | undefined) => (text ?? '').split(',').filter((part) => part !== '')
  return new URLSearchParams([
    ...references.map((ref): [string, string] => ['ref', ref]),
    ...list(since).map((ref): [string, string] => ['since', ref]),
    ...(platform === undefined ? [] : [['platform', platform] as [string, string]]),
    ...(prefix === undefined ? [] : [['prefix', prefix] as [string, string]]),
  ])
}

/** Writes beside the file and renames, so that a broken archive never has its name. */
async function write(download: Download, file: string, progress: Progress): Promise<Report> {
  const { bytes, length: totalBytes } = download
  let moved = 0
  bytes.on('data', (chunk: Buffer) => {
    moved += chunk.length
    progress.show({ what: 'receiving', bytes: moved, totalBytes })
  })
  if (file === '-') {
    await pipeline(bytes, process.stdout, { end: false })
    return { file, bytes: moved }
  }
  const part = `${file}.part`
  try {
    await pipeline(bytes, createWriteStream(part, { highWaterMark: 1024 * 1024 }))
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return { file, bytes: moved }
}
