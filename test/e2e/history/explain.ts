import type { Verdict } from './checker.ts'
import type { Operation } from './operation.ts'

/** Bodies are told by their length; so are other bytes. */
function shorten(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { type, data } = value as { readonly type?: unknown; readonly data?: unknown }
  return type === 'Buffer' && Array.isArray(data) ? `<${data.length} bytes>` : value
}

function line({ connection, start, end, request, answer }: Operation<unknown, unknown>): string {
  const told = answer === undefined ? 'no answer' : JSON.stringify(answer, shorten)
  return `  [${connection}] ${start}-${end} ${JSON.stringify(request, shorten)} → ${told}`
}

/** Why a history is not legal, for a person; empty if it is. */
export function explain<State, Request, Answer>(verdict: Verdict<State, Request, Answer>): string {
  if (verdict.legal) return ''
  return [
    'explained so far:',
    ...verdict.order.map(line),
    `then: ${JSON.stringify(verdict.state, shorten)}`,
    'and none of these could come next:',
    ...verdict.stuck.map(line),
  ].join('\n')
}
