import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { openManagement } from '../management.ts'
import { humanBytes } from '../services/human-bytes.ts'
import { type Command, UsageError } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import type { Progress } from './progress.ts'
import { runTask, taskFlagsHelp, taskSwitches } from './task.ts'

interface Report {
  readonly images: readonly {
    readonly reference: string
    readonly digest: string
    readonly newBytes: number
    readonly existingBytes: number
  }[]
}

export const importArchive: Command = {
  name: 'import',
  summary: 'Take in images of a docker save, podman save or OCI archive.',
  usage: `Usage: layerhouse import FILE|- [--repo R] [--tag T] [--quiet] [--json] ${configurationSynopsis}

Takes in the images of an archive, as a push would: a tar, plain or compressed with gzip or zstd, or
standard input for "-". They get the names that stand in the archive where none is given. A running
registry is asked to do it; if none runs, it is done here.

Flags:
${configurationFlagsHelp([
  ['--repo R', 'The repository, whatever the archive says.'],
  ['--tag T', 'The tag, for an archive of one image.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const own = { positionals: ['FILE'], values: ['repo', 'tag'] as const }
    const given = loadFromArgs(args, io, taskSwitches, own)
    const { config, warnings, switches, positionals, values } = given
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const [file = ''] = positionals
    if (file === '') throw new UsageError('FILE is empty')
    const query = new URLSearchParams(Object.entries(values).filter(isName))
    const task = {
      name: 'import',
      switches,
      async work(progress: Progress) {
        const { bytes, length } = await openFile(file)
        const registry = await openManagement(config)
        showMoved(bytes, length, progress)
        return registry.send<Report>(`/imports?${query}`, bytes, length).finally(registry.close)
      },
      format,
      json: (report: Report) => report,
      warnings: () => [],
    }
    return runTask(task, io)
  },
}

function isName([key]: readonly [string, string]): boolean {
  return key === 'repo' || key === 'tag'
}

/** Big pieces: each costs a trip through the loop. */
const pieceSize = 1024 * 1024

/** @throws Error if it can't be read. */
async function openFile(path: string): Promise<{ bytes: Readable; length: number | undefined }> {
  if (path === '-') return { bytes: process.stdin, length: undefined }
  const found = await stat(path)
  if (found.isDirectory()) throw new Error(`${path} is a directory; name an archive`)
  const length = found.isFile() ? found.size : undefined
  return { bytes: createReadStream(path, { highWaterMark: pieceSize }), length }
}

function showMoved(bytes: Readable, totalBytes: number | undefined, progress: Progress): void {
  let moved = 0
  bytes.on('data', (chunk: Buffer) => {
    moved += chunk.length
    progress.show({ what: 'sending', bytes: moved, totalBytes })
  })
  // Listening must not set it going before there is somewhere to go.
  bytes.pause()
}

function format({ images }: Report): string {
  const lines = images.map(({ reference, digest, newBytes, existingBytes }) => {
    const bytes = `${humanBytes(newBytes)} new, ${humanBytes(existingBytes)} there already`
    return `${reference} ${digest}: ${bytes}\n`
  })
  return lines.join('')
}
