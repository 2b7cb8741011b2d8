import { fileURLToPath } from 'node:url'
import { runTool } from '../process/tool.ts'
import type { Bench, Sample } from '../work.ts'

/** `bench/load/wrk.lua`, seen from `dist/bench/load/`. */
const script = fileURLToPath(new URL('../../../bench/load/wrk.lua', import.meta.url))

/** Of every load of small requests. */
export const connections = 32

export interface WrkResult {
  readonly requests: number
  /** Microseconds, as the times below. */
  readonly micros: number
  readonly errors: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** @throws Error if there is no result in it, or if anything went wrong: errors are no work */
export function readWrk(output: string): WrkResult {
  const json = /^RESULT (\{.*\})$/m.exec(output)?.[1]
  if (json === undefined) throw new Error(`wrk gave no result:\n${output}`)
  const result = JSON.parse(json) as WrkResult
  if (result.requests === 0) throw new Error(`wrk got no answer:\n${output}`)
  if (result.errors > 0) throw new Error(`wrk counted ${result.errors} errors:\n${output}`)
  return result
}

export interface WrkLoad {
  readonly url: string
  readonly accept: string
}

/** GET over 32 connections that are kept, from one thread. */
export async function runWrk(
  { wrk }: Bench,
  { url, accept }: WrkLoad,
  seconds: number,
): Promise<Sample> {
  const shape = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s']
  const output = await runTool(wrk, [...shape, '-s', script, url, '--', accept])
  const { requests, micros, p50, p99 } = readWrk(output)
  return {
    value: requests / (micros / 1e6),
    amount: requests / 1000,
    details: { 'p50 ms': p50 / 1000, 'p99 ms': p99 / 1000 },
  }
}
