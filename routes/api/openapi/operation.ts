import { STATUS_CODES } from 'node:http'
import type { TObject, TSchema } from 'typebox'
import { type ErrorCode, errorTable } from '../../../src/oci/errors.ts'
import { type ProblemCode, problemTable } from '../../../src/services/problem.ts'
import type { Route } from '../route.ts'
import { streamedType } from '../streams.ts'
import { fileField, type UploadSchema } from '../upload.ts'
import type { Components, Json } from './components.ts'

const json = 'application/json'

/** Who may not pull something is not told that it is there. */
function mayBeDenied(access: Route['access']): boolean {
  return (
    access === 'admin' ||
    access === 'accounts' ||
    (typeof access === 'object' && access.action !== 'pull')
  )
}

/** Refusals that an operation may meet by what it takes. */
function usualErrors(route: Route): readonly (ErrorCode | ProblemCode)[] {
  const { query, parameters, body, upload, method, access } = route
  const cursor = query !== undefined && 'cursor' in query.properties
  return [
    ...(query || parameters ? (['INVALID_PARAMETER'] as const) : []),
    ...(cursor ? (['INVALID_CURSOR'] as const) : []),
    ...(body ? (['INVALID_BODY', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...(upload ? (['INVALID_BODY'] as const) : []),
    ...(access === 'open' ? [] : (['UNAUTHORIZED'] as const)),
    ...(mayBeDenied(access) ? (['DENIED'] as const) : []),
    ...(method === 'GET' ? [] : (['CROSS_SITE'] as const)),
  ]
}

const statuses: Readonly<Record<string, readonly [number, string]>> = {
  ...errorTable,
  ...problemTable,
}

/** One answer a status, with the codes that come with it. */
function refusals(route: Route): Record<string, Json> {
  const byStatus = new Map<number, string[]>()
  for (const code of [...usualErrors(route), ...(route.errors ?? [])]) {
    const [status] = statuses[code] as readonly [number, string]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const answers = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: `${STATUS_CODES[status]}: ${codes.join(', ')}`,
      content: problemContent,
    },
  ])
  return Object.fromEntries(answers)
}

export const problemContent = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
}

/** Bytes: OpenAPI 3.1 has no schema for what is no JSON. */
const binary = {}

/** A file as the body itself, or in a form after its fields. */
function uploadBody({ mediaType, fields }: UploadSchema, components: Components): Json {
  const file = { type: 'string', format: 'binary', contentMediaType: mediaType }
  const { properties } = fields
  const form = {
    type: 'object',
    required: [fileField],
    properties: { ...(components.refer(properties) as object), [fileField]: file },
  }
  return {
    description: `The file itself; or a form in which all fields stand before "${fileField}".`,
    required: true,
    content: { [mediaType]: binary, 'multipart/form-data': { schema: form } },
  }
}

function success({ answer, status, method }: Route, components: Components): Record<string, Json> {
  const code = status ?? (answer ? 200 : 204)
  const description = STATUS_CODES[code] ?? 'Success'
  if (!answer) return { [code]: { description } }
  const type = streamedType(answer)
  if (type !== undefined) {
    const length = { schema: { type: 'integer' }, description: 'of the whole file' }
    const headers = { 'Content-Length': length }
    return { [code]: { description, headers, content: { [type]: binary } } }
  }
  const headers = { ETag: { schema: { type: 'string' }, description: 'of these bytes' } }
  const content = { [json]: { schema: components.refer(answer) } }
  const unchanged = { 304: { description: 'Not Modified: If-None-Match names what is there' } }
  return { [code]: { description, headers, content }, ...(method === 'GET' ? unchanged : {}) }
}

function parametersOf(place: 'path' | 'query', fields: TObject | undefined, to: Components) {
  if (!fields) return []
  const { required = [] } = fields as { readonly required?: readonly string[] }
  return Object.entries(fields.properties).map(([name, field]) => {
    const { description, ...schema } = field as TSchema & {
      readonly description?: string
      readonly default?: unknown
    }
    return {
      name,
      in: place,
      required: required.includes(name) && schema.default === undefined,
      ...(description === undefined ? {} : { description }),
      schema: to.refer(schema),
    }
  })
}

/** What the document says about one route. */
export function operationOf(route: Route, components: Components): Json {
  const { id, summary, description, parameters, query, body, upload } = route
  const [noun = ''] = route.path.slice(1).split('/')
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [noun.replace('openapi.json', 'openapi')],
    parameters: [
      ...parametersOf('path', parameters, components),
      ...parametersOf('query', query, components),
    ],
    ...(body ? { requestBody: { content: { [json]: { schema: components.refer(body) } } } } : {}),
    ...(upload ? { requestBody: uploadBody(upload, components) } : {}),
    responses: {
      ...success(route, components),
      ...refusals(route),
      default: { description: 'Any other refusal', content: problemContent },
    },
  }
}
