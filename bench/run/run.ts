import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { contenders } from '../contenders/all.ts'
import type { Contender } from '../contenders/contender.ts'
import type { Options } from '../options.ts'
import { findProgram } from '../process/programs.ts'
import type { Machine, Result, WorkResult } from '../result.ts'
import type { Work } from '../work.ts'
import { findTools, type Tools } from './tools.ts'
import { type Course, type Present, runWork, skipWork } from './work.ts'

function readMachine(): Machine {
  const [cpu] = cpus()
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    // Without what a distributor adds to it.
    kernel: release().split('-', 1).join(),
  }
}

/** Layerhouse and the wanted rivals, as far as they are there. */
function findContenders({ against, programs }: Options, say: Course['say']): readonly Present[] {
  const wanted = ({ name }: Contender) =>
    name === 'layerhouse' || against.some((rival) => rival === name)
  return contenders.filter(wanted).flatMap((contender): readonly Present[] => {
    const name = programs[contender.name] ?? contender.program
    const program = findProgram(name)
    if (program !== undefined) return [{ contender, program }]
    say(`${contender.name}: there is no program ${name}`)
    return []
  })
}

async function readVersions(present: readonly Present[], tools: Tools) {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  const rivals = present.filter(({ contender }) => contender.name !== 'layerhouse')
  const found = rivals.map(
    async ({ contender, program }) => [contender.name, await contender.version(program)] as const,
  )
  return {
    layerhouse: version,
    node: process.versions.node,
    ...Object.fromEntries(await Promise.all(found)),
    ...(await tools.versions()),
  }
}

async function runWorks(course: Course, works: readonly Work[]): Promise<readonly WorkResult[]> {
  const { deadline } = course.scale
  const results: WorkResult[] = []
  for (const work of works) {
    const late = process.uptime() > deadline
    course.say(`${work.name}: ${late ? 'no time left' : work.title}`)
    const begun = performance.now()
    results.push(late ? skipWork(course, work, 'no time left') : await runWork(course, work))
    course.say(`${work.name}: ${Math.round((performance.now() - begun) / 100) / 10} s`)
  }
  return results
}

/** On a signal everything that runs is ended and removed first. */
function endOnSignal(end: () => Promise<void>): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      void end().finally(() => process.exit(130))
    })
  }
}

/** Does the works with all contenders, in a temporary directory that is gone afterwards. */
export async function runBench(
  options: Options,
  works: readonly Work[],
  command: string,
): Promise<Result> {
  const begun = performance.now()
  const say = (line: string) => console.error(line)
  const directory = await mkdtemp(join(tmpdir(), 'layerhouse-bench-'))
  const running = new Set<() => Promise<void>>()
  const clean = () => rm(directory, { recursive: true, force: true, maxRetries: 3 })
  endOnSignal(async () => {
    await Promise.allSettled([...running].map((end) => end()))
    await clean()
  })
  try {
    const present = findContenders(options, say)
    const needs = new Set(works.flatMap((work) => work.needs))
    const tools = await findTools(needs, directory)
    const course: Course = { present, tools, scale: options.scale, directory, running, say }
    return {
      date: new Date().toISOString(),
      command,
      machine: readMachine(),
      versions: await readVersions(present, tools),
      works: await runWorks(course, works),
      duration: (performance.now() - begun) / 1000,
    }
  } finally {
    await clean()
  }
}
