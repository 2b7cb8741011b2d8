import { readFileSync } from 'node:fs'
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { didYouMean } from '../../config/nearest.ts'
import { readRules } from './read.ts'
import type { Policies, PolicyKind } from './rules.ts'

/** The keys of the file, each with a list of rules. */
const keys: Readonly<Record<string, PolicyKind>> = {
  retention: 'retention',
  immutability: 'immutability',
  quotas: 'quota',
}

/** Everything that is wrong with a file of rules, found in one go. */
export class PoliciesFileError extends Error {
  override readonly name = 'PoliciesFileError'
}

/**
 * Reads the rules of all kinds from a YAML file; a key that is left out has none.
 * @throws PoliciesFileError with a line `file:line: what` for every mistake.
 */
export function readPoliciesFile(path: string): Policies {
  return parsePolicies(path, readText(path))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PoliciesFileError(`${path}: the file of policies.file can't be read: ${why}`)
  }
}

/** As {@link readPoliciesFile}, for text already at hand; `path` only names it in messages. */
export function parsePolicies(path: string, text: string): Policies {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults = [...document.errors, ...document.warnings].map(
    ({ pos, message }) => `${path}:${lines.linePos(pos[0]).line}: not valid YAML: ${message}`,
  )
  if (faults.length > 0) throw new PoliciesFileError(faults.join('\n'))
  const problems = unknownKeys(path, document, lines)
  const written = problems.length === 0 ? toObject(path, document) : {}
  const read = <Kind extends PolicyKind>(key: string, kind: Kind): Policies[Kind] => {
    const rules = readRules(kind, { rules: written[key] ?? [] })
    if (rules.ok) return rules.rules
    for (const problem of rules.problems) {
      const line = lineAt(document, lines, [key, ...problem.path.slice(1)])
      problems.push(`${path}:${line}: ${problem.message}`)
    }
    return [] as unknown as Policies[Kind]
  }
  const policies = {
    retention: read('retention', 'retention'),
    immutability: read('immutability', 'immutability'),
    quota: read('quotas', 'quota'),
  }
  if (problems.length > 0) throw new PoliciesFileError(problems.join('\n'))
  return policies
}

function toObject(path: string, document: Document): Readonly<Record<string, unknown>> {
  try {
    return (document.toJS() ?? {}) as Readonly<Record<string, unknown>>
  } catch (error) {
    // An alias without its anchor, or so many of them that the value would fill the memory.
    if (!(error instanceof ReferenceError)) throw error
    throw new PoliciesFileError(`${path}: ${error.message}; write the value itself`)
  }
}

function unknownKeys(path: string, document: Document, lines: LineCounter): string[] {
  const { contents } = document
  const known = Object.keys(keys)
  if (contents === null || (isScalar(contents) && contents.value === null)) return []
  if (!isMap(contents)) return [`${path}:1: the file must hold the keys ${known.join(', ')}`]
  return contents.items
    .map(({ key }) => key as Node)
    .filter((key) => !Object.hasOwn(keys, String(key)))
    .map((key) => {
      const line = key.range ? lines.linePos(key.range[0]).line : 1
      const cure = didYouMean(String(key), known) ?? `; there are ${known.join(', ')}`
      return `${path}:${line}: unknown key ${String(key)}${cure}`
    })
}

/** The line of the nearest thing there is on the way to `path`. */
function lineAt(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    if (node?.range) return lines.linePos(node.range[0]).line
  }
  return 1
}
