import { fileURLToPath } from 'node:url'
import { runTool } from '../process/tool.ts'
import type { Bench, Sample } from '../work.ts'

/** `bench/load/wrk.lua`, seen from `dist/bench/load/`. */
const script = fileURLToPath(new URL('../../../bench/load/wrk.lua', import.meta.url))

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
  if (result.errors > 0) throw new Error(`wrk counted ${result.errors} errors:\n${output}`)
  return result
}

export interface WrkLoad {
  readonly url: string
  readonly method: 'GET' | 'HEAD'
  readonly accept: string
}

/** One thread, 32 connections that are kept. */
export async function runWrk({ wrk, scale }: Bench, load: WrkLoad): Promise<Sample> {
  const { url, method, accept } = load
  const shape = ['-t1', '-c32', `-d${scale.seconds}s`, '--timeout', '60s']
  const output = await runTool(wrk, [...shape, '-s', script, url, '--', method, accept])
  const { requests, micros, p50, p99 } = readWrk(output)
  return {
    value: requests / (micros / 1e6),
    amount: requests / 1000,
    details: { 'p50 ms': p50 / 1000, 'p99 ms': p99 / 1000 },
  }
}
