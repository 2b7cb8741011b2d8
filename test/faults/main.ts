import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { type Arguments, readArguments, usage } from './arguments.ts'
import type { Kind } from './kind.ts'
import { kinds } from './kinds.ts'
import { recordScoreboard } from './record.ts'
import { countOutcomes, formatScoreboard, isClean, type Scoreboard } from './scoreboard.ts'
import { sumTallies, type Tally } from './tally.ts'

function sqliteVersion(): string {
  const db = new Database(':memory:')
  try {
    return String(db.prepare<[], string>('SELECT sqlite_version()').pluck().get())
  } finally {
    db.close()
  }
}

async function readVersions(): Promise<Scoreboard['versions']> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  return {
    layerhouse: version,
    node: process.versions.node,
    // Without what a distributor adds to it.
    kernel: release().split('-', 1).join(),
    sqlite: sqliteVersion(),
  }
}

/** Runs a kind; its data is kept where something failed. */
async function runKind(kind: Kind, { rounds, seed, lanes }: Arguments): Promise<Tally> {
  const say = (line: string) => console.error(`${kind.name}: ${line}`)
  const lack = kind.lacks()
  if (lack) {
    say(lack)
    return sumTallies([])
  }
  const scratch = await mkdtemp(join(tmpdir(), `faults-${kind.name}-`))
  const tally = await kind.run({ cases: rounds ?? kind.cases, seed, lanes, scratch, say })
  if (tally.failed.length > 0) say(`what failed is in ${scratch}`)
  else await rm(scratch, { recursive: true })
  return tally
}

async function run(wanted: Arguments, command: string): Promise<Scoreboard> {
  const begun = performance.now()
  const tallies: [string, Tally][] = []
  for (const kind of wanted.kinds) tallies.push([kind.name, await runKind(kind, wanted)])
  return {
    date: new Date().toISOString(),
    command,
    seed: wanted.seed,
    duration: (performance.now() - begun) / 1000,
    versions: await readVersions(),
    kinds: Object.fromEntries(tallies),
  }
}

/** For a gate: what passed and what failed, in the words of other test suites. */
function closingLine({ kinds: tallies }: Scoreboard): string {
  const outcomes = Object.values(tallies).map(countOutcomes)
  const sum = (of: 'passed' | 'failed') => outcomes.reduce((total, one) => total + one[of], 0)
  return `${sum('passed')} passed, ${sum('failed')} failed`
}

function readOrExplain(args: readonly string[]): Arguments | undefined {
  try {
    return readArguments(kinds, args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    return undefined
  }
}

async function main(args: readonly string[]): Promise<number> {
  const wanted = readOrExplain(args)
  if (wanted === undefined) return 2
  const command = ['npm run faults --', ...args].join(' ')
  const scoreboard = await run(wanted, command)
  process.stdout.write(formatScoreboard(scoreboard))
  if (wanted.json) await writeFile(wanted.json, `${JSON.stringify(scoreboard, undefined, 2)}\n`)
  if (wanted.record) await recordScoreboard('docs/reliability.md', scoreboard)
  console.log(closingLine(scoreboard))
  return isClean(scoreboard) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
