import type { ContenderName } from '../../../bench/contenders/names.ts'
import type { Measured, Outcome, Result, WorkResult } from '../../../bench/result.ts'

export function measured(values: readonly number[], more: Partial<Measured> = {}): Measured {
  return { values, cpu: [], peaks: [50_000_000], details: {}, notes: [], ...more }
}

export function work(
  name: string,
  outcomes: Readonly<Partial<Record<ContenderName, Outcome>>>,
  more: Partial<WorkResult> = {},
): WorkResult {
  return { name, title: `work ${name}`, unit: 'MB/s', better: 'more', outcomes, ...more }
}

export function result(works: readonly WorkResult[], more: Partial<Result> = {}): Result {
  return {
    date: '2026-01-02T03:04:05.678Z',
    command: 'npm run bench',
    duration: 10,
    machine: { cpu: 'a CPU', cores: 2, memory: 2 ** 33, kernel: '6.1.0' },
    versions: { layerhouse: '0.1.0', node: '20.20.2' },
    works,
    ...more,
  }
}
