import { Value } from 'typebox/value'
import type { Field } from './fields.ts'
import { rulesOf } from './kinds.ts'
import { describePlace, type Setting } from './settings.ts'
import { UnitError } from './units.ts'

export type ValueResult =
  | { readonly ok: true; readonly value: unknown }
  /** Names the place and the cure. */
  | { readonly ok: false; readonly problem: string }

/** Reads a setting into its loaded form and holds it against the schema. */
export function readValue(setting: Setting): ValueResult {
  const { key, raw } = setting
  const refuse = (problem: string): ValueResult => ({
    ok: false,
    problem: `${describePlace(setting)}: ${problem}`,
  })
  try {
    const value = rulesOf(key.field).read(raw)
    const problem = findProblem(key.field, value, raw)
    return problem === undefined ? { ok: true, value } : refuse(problem)
  } catch (error) {
    if (error instanceof UnitError) return refuse(error.message)
    throw error
  }
}

function findProblem(field: Field, value: unknown, raw: unknown): string | undefined {
  const errors = Value.Errors(field, value)
  if (errors.length === 0) return undefined
  const refinements = errors.filter(({ keyword }) => keyword === '~refine')
  if (refinements.length === errors.length) {
    return refinements.map(({ message }) => message).join('; ')
  }
  if (typeof raw === 'string' && raw.trim() === '') return 'the value is empty'
  const { noun, cure } = rulesOf(field)
  return `${show(raw)} is not ${noun(field)}${cure === undefined ? '' : `; ${cure}`}`
}

function show(raw: unknown): string {
  if (typeof raw === 'string') return JSON.stringify(raw.slice(0, 80))
  if (Array.isArray(raw)) return 'the value'
  return typeof raw === 'object' && raw !== null ? 'the value' : String(raw)
}
