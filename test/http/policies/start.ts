import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Answer } from '../../helpers/client.ts'
import { startRegistry, type TestRegistry } from '../../helpers/registry.ts'

/** A registry whose rules come from a file of this text. */
export async function startWith(t: Test, rules: string, root = t.testdir()): Promise<TestRegistry> {
  const file = join(root, '..', `${root.split('/').at(-1)}.yaml`)
  writeFileSync(file, rules)
  return startRegistry(t, { root, env: { LAYERHOUSE_POLICIES_FILE: file } })
}

/** The one error of an answer. */
export function errorOf(answer: Answer): {
  readonly code: string
  readonly message: string
  readonly detail: unknown
} {
  const { errors } = answer.json<{ errors: ReturnType<typeof errorOf>[] }>()
  if (errors.length === 1 && errors[0]) return errors[0]
  throw new Error(`not one error: ${answer.text}`)
}
