import { performance } from 'node:perf_hooks'
import type { Bench, Measure, Sample, Target } from '../work.ts'
import { runClient } from './client.ts'
import { connections, runWrk, type WrkLoad } from './wrk.ts'

export interface Request extends WrkLoad {
  readonly method: 'GET' | 'HEAD'
  /** Throws if this body of a 200 is not what was asked for. */
  readonly check: (body: Buffer) => void
}

async function ask({ url, method, accept, check }: Request): Promise<number> {
  const begun = performance.now()
  const answer = await fetch(url, { method, headers: { accept } })
  const body = Buffer.from(await answer.arrayBuffer())
  const took = performance.now() - begun
  if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status} ${body}`)
  if (method === 'GET') check(body)
  return took
}

/** One request at a time until the seconds are over, at least one. */
async function askInTurn(request: Request, seconds: number): Promise<Sample> {
  const times: number[] = []
  const begun = performance.now()
  while (times.length === 0 || performance.now() - begun < seconds * 1000) {
    times.push(await ask(request))
  }
  const elapsed = (performance.now() - begun) / 1000
  return { value: times.length / elapsed, amount: times.length / 1000 }
}

async function runHead(target: Target, bench: Bench, { url, accept }: Request, seconds: number) {
  const {
    units,
    seconds: took,
    ...times
  } = await runClient(bench, 'head', {
    host: target.host,
    path: new URL(url).pathname,
    accept,
    streams: connections,
    seconds,
  })
  const details = { 'p50 ms': times.p50, 'p99 ms': times.p99 }
  return { value: units / took, amount: units / 1000, details }
}

/**
 * Measures how often a request is answered: GET with wrk, HEAD with the client. It is made once before, and its answer looked at,
 * because wrk only sees whether the status is an error.
 */
export async function measureRequests(
  target: Target,
  bench: Bench,
  request: Request,
): Promise<Measure> {
  await ask(request)
  const took = await ask(request)
  // Else a connection of wrk's would not even see one answer in the time there is.
  if (took * connections < bench.scale.seconds * 1000) {
    const { warmUp, seconds, clientSeconds } = bench.scale
    const get = request.method === 'GET'
    const run = (time: number) =>
      get ? runWrk(bench, request, time) : runHead(target, bench, request, time)
    if (warmUp > 0) await run(warmUp)
    return () => run(get ? seconds : clientSeconds)
  }
  target.note('one request at a time, because each takes so long')
  return () => askInTurn(request, bench.scale.seconds)
}
