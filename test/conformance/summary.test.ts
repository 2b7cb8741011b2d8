import t from 'tap'
import { isRefusal, suite } from './suite.ts'
import { judge, readSummary } from './summary.ts'

/** A report as the suite prints it, with these counts and lines for tests. */
function makeReport(counts: Record<string, number>, tests: readonly string[], result = 'Pass') {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const all = { Disabled: 0, Skip: 0, Pass: 0, FAIL: 0, Error: 0, ...counts, Total: total }
  const lines = Object.entries(all).map(
    ([name, count]) => `  ${name.padEnd(30, '.')}: ${String(count).padStart(10)}`,
  )
  return [
    ...['Test results', 'OCI Conformance Test: Pass', ...tests, '', 'Configuration:', '  a: b', ''],
    ...[`OCI Conformance Result: ${result}`, ...lines, '', 'API conformance:', '  Ping: Pass'],
  ].join('\n')
}

const group = '  OCI Conformance Test/blobs: Pass'
const passes = '    OCI Conformance Test/blobs/get: Pass'
const cancel = '    OCI Conformance Test/blobs/cancel: Disabled'
const strict = { atLeast: 2, disabled: [] }

const cases = [
  {
    title: 'a run in which all passed is conformant',
    report: makeReport({ Pass: 2 }, [group, passes]),
    expected: strict,
    problems: [],
  },
  {
    title: 'a failed test is a problem',
    report: makeReport({ Pass: 1, FAIL: 1 }, [group, passes.replace('Pass', 'FAIL')], 'FAIL'),
    expected: strict,
    problems: ["the suite's result is FAIL", 'FAIL: 1'],
  },
  {
    title: 'something unsupported is a problem though the suite says Pass',
    report: makeReport({ Pass: 2, Skip: 1 }, [group, passes]),
    expected: strict,
    problems: ['Skip: 1'],
  },
  {
    title: 'a test that this version switches off may be disabled',
    report: makeReport({ Pass: 1, Disabled: 1 }, [group, passes, cancel]),
    expected: { atLeast: 2, disabled: ['blobs/cancel'] },
    problems: [],
  },
  {
    title: 'another disabled test is a problem',
    report: makeReport({ Pass: 1, Disabled: 1 }, [group, cancel]),
    expected: { atLeast: 2, disabled: ['blobs/get'] },
    problems: ['Disabled: 1, of which 1 may be'],
  },
  {
    title: 'too few tests are a problem',
    report: makeReport({ Pass: 1 }, [group, passes]),
    expected: strict,
    problems: ['1 tests; expected 2 or more'],
  },
  {
    title: 'counts that do not add up are a problem',
    report: makeReport({ Pass: 2 }, [group, passes]).replace(/(Total.*) 2$/m, '$1 3'),
    expected: strict,
    problems: ['the counts add up to 2, not to 3'],
  },
]

for (const { title, report, expected, problems } of cases) {
  t.same(judge(readSummary(report), expected), problems, title)
}

t.test('the tests that did not pass are named, their groups are not', async (t) => {
  const failed = '    OCI Conformance Test/blobs/get: FAIL'
  const lines = [group.replace('Pass', 'FAIL'), failed, '     - status 500: FAIL', cancel]
  t.same(readSummary(makeReport({ FAIL: 1, Disabled: 1 }, lines, 'FAIL')).notPassed, [
    { name: 'OCI Conformance Test/blobs/get', status: 'FAIL' },
    { name: 'OCI Conformance Test/blobs/cancel', status: 'Disabled' },
  ])
})

t.throws(() => readSummary('failed to load config'), /printed no result/, 'no summary is an error')

t.test('only a proxy that withholds the suite counts as a refusal', async (t) => {
  const module = suite.slice(0, suite.indexOf('@'))
  const file = `https://proxy.example/${module}/@v/1.info`
  t.ok(isRefusal(`go: ${suite}: invalid version: reading ${file}: 403 Forbidden`))
  t.ok(isRefusal(`go: downloading x\ngo: ${suite}: reading ${file}: 404 Not Found`))
  t.notOk(isRefusal(`go: ${suite}: Get "${file}": dial tcp: lookup proxy.example: no such host`))
  t.notOk(isRefusal(`go: ${suite}: reading ${file}: 500 Internal Server Error`))
  t.notOk(isRefusal('go: example.org/other@v1: reading https://p/other/@v/v1.info: 404 Not Found'))
  t.notOk(isRefusal('main.go:1:1: expected package'))
})
