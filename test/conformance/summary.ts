/** What a run of the conformance suite came to, read from its printed report. */
export interface Summary {
  readonly result: string
  /** Status (`Pass`, `FAIL`, `Error`, `Skip`, `Disabled`) → number of tests. */
  readonly counts: ReadonlyMap<string, number>
  readonly total: number
  /** Tests that did not pass, with their status; groups of tests are left out. */
  readonly notPassed: readonly { readonly name: string; readonly status: string }[]
}

const statuses = ['Disabled', 'Skip', 'Pass', 'FAIL', 'Error'] as const

interface Line {
  readonly depth: number
  readonly name: string
  readonly status: string
}

/** Lines `  name: Status` of the tree; error texts between them begin with ` - ` or match nothing. */
function readTree(text: string): readonly Line[] {
  return text.split('\n').flatMap((line) => {
    const match = /^( *)(OCI Conformance Test.*): (Disabled|Skip|Pass|FAIL|Error)$/.exec(line)
    const [, indent = '', name = '', status = ''] = match ?? []
    return match ? [{ depth: indent.length, name, status }] : []
  })
}

/**
 * Reads the report the suite prints.
 * @throws Error if it has no summary: the suite also ends with code 0 when it could not begin.
 */
export function readSummary(report: string): Summary {
  const begin = report.indexOf('OCI Conformance Result: ')
  if (begin < 0) throw new Error('the suite printed no result')
  const summary = report.slice(begin)
  const count = (label: string): number => {
    const number = new RegExp(`^  ${label}\\.*: +(\\d+)$`, 'm').exec(summary)?.[1]
    if (number === undefined) throw new Error(`the suite's summary has no line "${label}"`)
    return Number(number)
  }
  const tree = readTree(report.slice(0, begin))
  const leaves = tree.filter((line, index) => (tree[index + 1]?.depth ?? 0) <= line.depth)
  return {
    result: /^OCI Conformance Result: (\S+)$/m.exec(summary)?.[1] ?? 'Unknown',
    counts: new Map(statuses.map((status) => [status, count(status)])),
    total: count('Total'),
    notPassed: leaves.flatMap(({ name, status }) => (status === 'Pass' ? [] : [{ name, status }])),
  }
}

export interface Expectation {
  /** Fewer tests than this mean that a part of the suite did not run. */
  readonly atLeast: number
  /** Last parts of the names of tests that this version of the specification switches off. */
  readonly disabled: readonly string[]
  /** Last parts of the names of tests that may find no more than what the server need not do. */
  readonly skipped?: readonly string[]
}

function endsWithOne(ends: readonly string[]): (test: { readonly name: string }) => boolean {
  return ({ name }) => ends.some((end) => name.endsWith(end))
}

function skipProblems(
  { counts, notPassed }: Summary,
  { skipped = [] }: Expectation,
): readonly string[] {
  const count = counts.get('Skip') ?? 0
  const found = notPassed.filter(({ status }) => status === 'Skip')
  return count <= skipped.length && found.every(endsWithOne(skipped)) ? [] : [`Skip: ${count}`]
}

/**
 * Why a run does not count as conformant; empty if it does. The counts decide: one listed test may
 * have passed in one step and been skipped, that is found unsupported, in another.
 */
export function judge(summary: Summary, expected: Expectation): readonly string[] {
  const { counts, total, result, notPassed } = summary
  const problems: string[] = []
  if (result !== 'Pass') problems.push(`the suite's result is ${result}`)
  if (total < expected.atLeast)
    problems.push(`${total} tests; expected ${expected.atLeast} or more`)
  const sum = [...counts.values()].reduce((all, number) => all + number, 0)
  if (sum !== total) problems.push(`the counts add up to ${sum}, not to ${total}`)
  problems.push(...skipProblems(summary, expected))
  for (const status of ['FAIL', 'Error']) {
    const count = counts.get(status) ?? 0
    if (count > 0) problems.push(`${status}: ${count}`)
  }
  const disabled = notPassed.filter(({ status }) => status === 'Disabled')
  const allowed = endsWithOne(expected.disabled)
  if (!disabled.every(allowed) || counts.get('Disabled') !== expected.disabled.length) {
    problems.push(
      `Disabled: ${counts.get('Disabled')}, of which ${expected.disabled.length} may be`,
    )
  }
  return problems
}
