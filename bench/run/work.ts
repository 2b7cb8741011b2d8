import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createScope } from '../../test/helpers/e2e/scope.ts'
import type { Contender } from '../contenders/contender.ts'
import { runTool } from '../process/tool.ts'
import type { WorkResult } from '../result.ts'
import type { Scale } from '../scale.ts'
import { rotate } from '../statistics.ts'
import type { Bench, Work } from '../work.ts'
import { absent, createEntrant, type Entrant } from './entrant.ts'
import { createRoots } from './roots.ts'
import { type RunningTarget, startTarget } from './target.ts'
import type { Tools } from './tools.ts'

/** A contender that takes part, and where its program is. */
export interface Present {
  readonly contender: Contender
  readonly program: string
}

export interface Course {
  readonly present: readonly Present[]
  readonly tools: Tools
  readonly scale: Scale
  /** Removed by whoever made it. */
  readonly directory: string
  /** Ends what runs now, if everything has to end. */
  readonly running: Set<() => Promise<void>>
  readonly say: (line: string) => void
}

type Started = RunningTarget | Entrant

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function takesPart(work: Work, { contender }: Present): boolean {
  return contender.kind === 'registry' || !work.registriesOnly
}

function startAll(course: Course, work: Work, directory: string): Promise<readonly Started[]> {
  const wanted = course.present.filter((one) => takesPart(work, one))
  const rootOf = createRoots(work, directory, course.scale)
  return Promise.all(
    wanted.map(async ({ contender, program }): Promise<Started> => {
      const lack = work.lacks?.(contender)
      if (lack !== undefined) return absent(contender, lack)
      try {
        const root = await rootOf(contender)
        return await startTarget({
          contender,
          program,
          root,
          directory,
          settle: course.scale.settle,
        })
      } catch (error) {
        course.say(`${contender.name} FAILED: ${reasonOf(error)}`)
        return absent(contender, reasonOf(error), true)
      }
    }),
  )
}

async function prepare(
  course: Course,
  work: Work,
  bench: Bench,
  started: Started,
): Promise<Entrant> {
  if ('outcome' in started) return started
  try {
    const measure = await work.prepare(started, bench)
    return createEntrant({ target: started, work, bench, measure, say: course.say })
  } catch (error) {
    course.say(`${started.contender.name} FAILED: ${reasonOf(error)}`)
    return absent(started.contender, reasonOf(error), true)
  }
}

async function measureRounds(course: Course, work: Work, entrants: readonly Entrant[]) {
  const rounds = Math.min(course.scale.rounds, work.rounds ?? course.scale.rounds)
  for (let round = 0; round < rounds; round++) {
    for (const entrant of rotate(entrants, round)) {
      await entrant.measure(round)
    }
  }
}

function resultOf(work: Work, entrants: readonly Entrant[]): WorkResult {
  const { name, title, unit, better, per } = work
  const outcomes = entrants.map(({ contender, outcome }) => [contender.name, outcome()])
  return {
    ...{ name, title, unit, better },
    ...(per ? { per } : {}),
    outcomes: Object.fromEntries(outcomes),
  }
}

/** The result of a work that nobody does. */
export function skipWork({ present }: Course, work: Work, reason: string): WorkResult {
  const wanted = present.filter((one) => takesPart(work, one))
  return resultOf(
    work,
    wanted.map(({ contender }) => absent(contender, reason)),
  )
}

/** Gives the same work to all in turns, each with a fresh process and data of its own. */
export async function runWork(course: Course, work: Work): Promise<WorkResult> {
  const lack = course.tools.lack(work.needs)
  if (lack !== undefined) return skipWork(course, work, lack)
  const directory = join(course.directory, work.name)
  await mkdir(directory)
  const scope = createScope()
  const { wrk, client } = course.tools
  const bench: Bench = { scale: course.scale, directory, wrk, client, teardown: scope.teardown }
  const end = () => scope.close()
  course.running.add(end)
  // Ten times faster than Node's own with hundreds of thousands of files.
  scope.teardown(() => runTool('rm', ['-rf', directory]))
  try {
    const started = await startAll(course, work, directory)
    for (const one of started) if ('kill' in one) scope.teardown(() => one.kill())
    const entrants: Entrant[] = []
    for (const one of started) entrants.push(await prepare(course, work, bench, one))
    await measureRounds(course, work, entrants)
    return resultOf(work, entrants)
  } finally {
    course.running.delete(end)
    await scope.close()
  }
}
