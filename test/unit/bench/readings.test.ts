import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { readWrk } from '../../../bench/load/wrk.ts'
import { surroundings } from '../../../bench/process/children.ts'
import {
  cpuSeconds,
  forgetPeak,
  parseStat,
  peakMemory,
  residentMemory,
} from '../../../bench/process/meter.ts'
import { findProgram } from '../../../bench/process/programs.ts'
import { within } from '../../helpers/e2e/daemon.ts'

const line = (more: object) =>
  `Running 1s test\nRESULT ${JSON.stringify({ requests: 5, micros: 1e6, errors: 0, p50: 1, p99: 2, max: 3, ...more })}\n`

t.test('the result of wrk is read from its own line', async (t) => {
  t.match(readWrk(line({})), { requests: 5, p99: 2 })
})

t.test('errors, silence and nonsense are no work', async (t) => {
  t.throws(() => readWrk(line({ errors: 1 })), { message: /1 errors/ })
  t.throws(() => readWrk(line({ requests: 0 })), { message: /no answer/ })
  t.throws(() => readWrk('Running 1s test\n'), { message: /no result/ })
})

t.test('CPU time is read behind a name with brackets and spaces', async (t) => {
  const fields = Array.from({ length: 50 }, (_, i) => String(i + 3))
  // Fields 4 (parent) and 14 to 17 (ticks: user, system, and those of ended children).
  const text = `77 (a (b) c) ${['S', '5', ...fields.slice(2)].join(' ')}`
  t.same(parseStat(text), { pid: 77, parent: 5, cpu: (14 + 15 + 16 + 17) / 100 })
})

t.test('the CPU time of this process grows with its work', async (t) => {
  const before = await cpuSeconds(process.pid)
  const end = performance.now() + 100
  while (performance.now() < end);
  t.ok((await cpuSeconds(process.pid)) >= before + 0.05)
})

t.test('a forgotten peak of memory does not come back', async (t) => {
  const code = 'Buffer.alloc(3e8, 1); gc(); console.log("freed"); setInterval(() => 0, 1000)'
  const child = spawn(process.execPath, ['--expose-gc', '-e', code], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: surroundings(),
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const { pid = 0 } = child
  t.ok((await peakMemory(pid)) > 3e8)
  t.ok(await within(10_000, async () => (await residentMemory(pid)) < 2e8), 'it is freed')
  await forgetPeak(pid)
  t.ok((await peakMemory(pid)) < 2e8)
})

t.test('programs are found by name and by path', async (t) => {
  const shell = findProgram('sh')
  t.match(shell, /\/sh$/)
  t.equal(findProgram(shell ?? ''), shell)
  t.equal(findProgram('sh', '/nowhere'), undefined)
  t.equal(findProgram('/nowhere/sh'), undefined)
})
