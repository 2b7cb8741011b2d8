import { Value } from 'typebox/value'
import { didYouMean } from '../../config/nearest.ts'
import type { PolicyKind } from './rules.ts'
import { writtenSchemas } from './schemas.ts'

/** A mistake in rules as they are written. */
export interface Problem {
  /** Where it is: names of fields and numbers of list entries from 0, from the document's root. */
  readonly path: readonly (string | number)[]
  /** Names the rule and the field, and the cure. */
  readonly message: string
}

interface Fault {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

type Path = Problem['path']

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    root,
  )
}

/** `/rules/0/keep/last` → `['rules', 0, 'keep', 'last']`. */
function toPath(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}

/** `keep.last`, `repositories[0]`. */
function fieldName(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`,
    )
    .join('')
}

/** How a rule is called in messages; by its place where it has no name yet. */
function ruleName(kind: PolicyKind, written: unknown, index: number): string {
  const name = valueAt(written, ['rules', index, 'name'])
  return typeof name === 'string' && name !== ''
    ? `${kind} rule ${JSON.stringify(name.slice(0, 80))}`
    : `${kind} rule ${index + 1}`
}

function describe(kind: PolicyKind, written: unknown, path: Path, what: string): Problem {
  const [, index, ...field] = path
  if (typeof index !== 'number') {
    const place = path.length === 0 ? 'the document' : fieldName(path)
    return { path, message: `${kind}: ${place} ${what}` }
  }
  const rule = ruleName(kind, written, index)
  const message = field.length === 0 ? `${rule} ${what}` : `${rule}: ${fieldName(field)} ${what}`
  return { path, message }
}

/** The nearest `noun` on the way to where a schema was not satisfied. */
function nounAt(schema: object, schemaPath: string): string {
  let noun = 'something else'
  let node: unknown = schema
  for (const step of ['', ...schemaPath.split('/').slice(1)]) {
    if (step !== '') node = (node as Record<string, unknown> | undefined)?.[step]
    const own = (node as { readonly noun?: unknown } | undefined)?.noun
    if (typeof own === 'string') noun = own
  }
  return noun
}

function listOf(params: object, name: string): readonly string[] {
  const list: unknown = (params as Record<string, unknown>)[name]
  return Array.isArray(list) ? list.map(String) : []
}

function fieldsAt(schema: object, schemaPath: string): readonly string[] {
  const node = valueAt(schema, toPath(schemaPath.replace(/^#/, '')))
  return Object.keys((node as { readonly properties?: object } | undefined)?.properties ?? {})
}

/** A fault in words, one for each field it is about. */
function explain(kind: PolicyKind, written: unknown, fault: Fault): readonly Problem[] {
  const schema = writtenSchemas[kind]
  const path = toPath(fault.instancePath)
  switch (fault.keyword) {
    case 'additionalProperties': {
      const known = fieldsAt(schema, fault.schemaPath)
      return listOf(fault.params, 'additionalProperties').map((name) =>
        describe(
          kind,
          written,
          [...path, name],
          `is no field${didYouMean(name, known) ?? `; there are ${known.join(', ')}`}`,
        ),
      )
    }
    case 'required':
      return listOf(fault.params, 'requiredProperties').map((name) =>
        describe(kind, written, [...path, name], 'is missing'),
      )
    case 'minProperties':
      return [describe(kind, written, path, 'is empty; give it a field or leave it out')]
    case '~refine':
      return [describe(kind, written, path, `is wrong: ${fault.message}`)]
    default:
      return [describe(kind, written, path, `must be ${nounAt(schema, fault.schemaPath)}`)]
  }
}

interface Named {
  readonly name: string
}

/** What the schema can't say: names are used once, and a rule does something. */
function findContradictions(kind: PolicyKind, written: unknown): readonly Problem[] {
  const rules = valueAt(written, ['rules']) as readonly (Named & Record<string, unknown>)[]
  const seen = new Set<string>()
  return rules.flatMap((rule, index) => {
    const path = ['rules', index]
    const isRepeated = seen.has(rule.name)
    seen.add(rule.name)
    return [
      ...(isRepeated
        ? [describe(kind, written, [...path, 'name'], 'is taken by a rule above')]
        : []),
      ...(isIdle(kind, rule) ? [describe(kind, written, path, idleWords[kind])] : []),
    ]
  })
}

const idleWords: Readonly<Record<PolicyKind, string>> = {
  retention: 'does nothing; give it keep, dropOlderThan or dropUntaggedAfter',
  immutability: 'forbids nothing; set overwrite or delete to false',
  quota: '',
}

function isIdle(kind: PolicyKind, rule: Readonly<Record<string, unknown>>): boolean {
  if (kind === 'retention') {
    return !['keep', 'dropOlderThan', 'dropUntaggedAfter'].some((name) => name in rule)
  }
  return kind === 'immutability' && rule['overwrite'] === true && rule['delete'] !== false
}

/** Everything that is wrong, in the order of the document; empty if nothing is. */
export function findProblems(kind: PolicyKind, written: unknown): readonly Problem[] {
  // Of a union only the union itself is told of; what a false schema says is told by its parent.
  const faults = (Value.Errors(writtenSchemas[kind], written) as readonly Fault[]).filter(
    ({ keyword, schemaPath }) => keyword !== 'boolean' && !/\/anyOf\/\d/.test(schemaPath),
  )
  const problems = faults.flatMap((fault) => explain(kind, written, fault))
  if (problems.length === 0) return findContradictions(kind, written)
  return problems.filter(
    ({ path }, index) =>
      index === problems.findIndex((other) => fieldName(other.path) === fieldName(path)),
  )
}
