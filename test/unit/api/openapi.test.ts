import { readFileSync } from 'node:fs'
import t from 'tap'
import { describeApi } from '../../../routes/api/openapi/document.ts'
import { routes } from '../../../routes/api/table.ts'

const snapshot = new URL('../../../../docs/reference/openapi.json', import.meta.url)
const document = JSON.parse(JSON.stringify(describeApi(routes))) as Json

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, unknown>>
}

function at(path: readonly string[]): Json | undefined {
  let value: Json | undefined = document
  for (const step of path) value = (value as Record<string, Json> | undefined)?.[step]
  return value
}

/** Every object below, the document itself among them. */
function* objects(value: Json): Generator<{ readonly [key: string]: Json }> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as { readonly [key: string]: Json }
  for (const inner of Object.values(value)) yield* objects(inner as Json)
}

const operations = Object.entries(
  at(['paths']) as unknown as Record<string, Record<string, Operation>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
)

t.test('the document that is checked in is the one that is served', async (t) => {
  const text = readFileSync(snapshot, 'utf8')
  t.same(JSON.parse(text), document, 'run npm run docs')
})

t.test('every reference leads somewhere', async (t) => {
  const references = [...objects(document)].flatMap(({ $ref }) =>
    typeof $ref === 'string' ? [$ref] : [],
  )
  t.ok(references.length > 2)
  for (const reference of references) {
    t.ok(reference.startsWith('#/'), reference)
    t.not(at(reference.slice(2).split('/')), undefined, reference)
  }
})

t.test('every parameter of a path is declared, and no other', async (t) => {
  for (const { path, method, parameters } of operations) {
    const declared = parameters.filter((parameter) => parameter.in === 'path')
    const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name)
    t.same(declared.map(({ name }) => name).sort(), named.sort(), `${method} ${path}`)
  }
})

t.test('every operation has an id of its own, a summary and its answers', async (t) => {
  const ids = operations.map(({ operationId }) => operationId)
  t.same([...new Set(ids)], ids)
  for (const { operationId, summary, responses } of operations) {
    t.match(operationId, /^[a-z][A-Za-z]+$/)
    t.match(summary, /^[A-Z][^.]+$/, operationId)
    t.ok(
      Object.keys(responses).some((status) => status.startsWith('2')),
      operationId,
    )
    t.ok(responses['default'], operationId)
  }
})

t.test('schemas tell what lists, digests and refusals look like', async (t) => {
  t.match(at(['components', 'schemas', 'Problem']), {
    required: ['type', 'title', 'status', 'code', 'detail', 'params', 'requestId'],
  })
  t.equal(at(['openapi']), '3.1.1')
})
