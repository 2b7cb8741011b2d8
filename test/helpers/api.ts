import { Value } from 'typebox/value'
import type { Method } from '../../routes/api/route.ts'
import { createRouter } from '../../routes/api/router.ts'
import { routes } from '../../routes/api/table.ts'
import type { Answer, Client, Wanted } from './client.ts'

const find = createRouter(routes)

/** What an error answer of the management API looks like. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly params: Readonly<Record<string, unknown>>
  readonly requestId: string
}

/** Asks below `/api/v1`; throws if an answer of success is not what its route's schema says. */
export async function askApi(
  request: Client,
  method: Method,
  path: string,
  wanted: Wanted = {},
): Promise<Answer> {
  const answer = await request(method, `/api/v1${path}`, wanted)
  const schema = find(path.split('?', 1)[0] as string)?.routes.get(method)?.answer
  if (answer.status >= 300 || schema === undefined) return answer
  const [mistake] = Value.Errors(schema, answer.json())
  if (mistake === undefined) return answer
  throw new Error(`${path}: ${mistake.instancePath} ${mistake.message}: ${answer.text}`)
}

/** A successful answer's JSON. */
export async function getApi<T>(request: Client, path: string): Promise<T> {
  const answer = await askApi(request, 'GET', path)
  if (answer.status === 200) return answer.json<T>()
  throw new Error(`${path}: ${answer.status} ${answer.text}`)
}

/** All items of a list, page after page. */
export async function walkApi<Item>(request: Client, path: string): Promise<readonly Item[]> {
  const items: Item[] = []
  let cursor = ''
  for (;;) {
    const page = await getApi<{ items: Item[]; next?: string }>(request, `${path}${cursor}`)
    items.push(...page.items)
    if (page.next === undefined) return items
    cursor = `${path.includes('?') ? '&' : '?'}cursor=${page.next}`
  }
}
