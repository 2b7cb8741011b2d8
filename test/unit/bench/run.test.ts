import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { findProgram } from '../../../bench/process/programs.ts'
import { isMeasured, type Result } from '../../../bench/result.ts'
import { run } from '../../helpers/e2e/command.ts'

const main = fileURLToPath(new URL('../../../bench/main.js', import.meta.url))

/** Not as the test runner would have it: it instruments every Node that is spawned from here. */
function bench(directory: string, ...args: readonly string[]) {
  const plain = ['-u', 'NODE_OPTIONS', '-u', 'NODE_V8_COVERAGE', `TMPDIR=${directory}`]
  return run('env', [...plain, process.execPath, main, ...args])
}

const skip = findProgram('wrk') === undefined ? 'wrk is not installed' : false

t.test('a work is measured with real servers, and nothing is left behind', { skip }, async (t) => {
  const directory = t.testdir({ temporary: {} })
  const temporary = join(directory, 'temporary')
  const json = join(directory, 'result.json')
  const shape = ['--works', 'manifest-get-tag', '--against', 'fastify', '--quick', '--json', json]
  const { code, stdout, stderr } = await bench(temporary, ...shape)
  t.equal(code, 0, stderr)
  t.match(stdout, /manifest by tag, GET +1\/s +[\d,.]+ +[\d,.]+ · /)
  const { works } = JSON.parse(readFileSync(json, 'utf8')) as Result
  t.same(
    works.map(({ name }) => name),
    ['manifest-get-tag'],
  )
  for (const outcome of Object.values(works[0]?.outcomes ?? {})) {
    t.ok(isMeasured(outcome) && outcome.values.length === 1 && (outcome.values[0] ?? 0) > 10)
  }
  t.same(readdirSync(temporary), [])
})

t.test('an unknown option ends it at once with the usage', async (t) => {
  const { code, stderr } = await bench(t.testdir(), '--fast')
  t.equal(code, 2)
  t.match(stderr, /--fast/)
  t.match(stderr, /npm run bench -- \[options\]/)
})

t.test('the list names every work with a title', async (t) => {
  const { code, stdout } = await bench(t.testdir(), '--list')
  t.equal(code, 0)
  t.match(stdout, /^push-1\tpush, 1 stream$/m)
  t.match(stdout, /^start\t/m)
})
