import { readFileSync } from 'node:fs'
import t from 'tap'
import { patterns } from '../../../routes/v2/target.ts'
import { errorTable } from '../../../src/oci/errors.ts'

const page = readFileSync(
  new URL('../../../../docs/reference/http-api.md', import.meta.url),
  'utf8',
)

interface DocumentedError {
  readonly status: number
  /** Other statuses the code may go with. */
  readonly also: readonly number[]
}

/** The rows of the table of errors, by code. */
function documentedErrors(): ReadonlyMap<string, DocumentedError> {
  const rows = page.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \| ([\d, ]*)\| \S.* \|$/gm)
  return new Map(
    Array.from(rows, ([, code = '', status = '', also = '']) => [
      code,
      { status: Number(status), also: (also.match(/\d{3}/g) ?? []).map(Number) },
    ]),
  )
}

t.test('the page lists the codes of the error table, each once, in its order', async (t) => {
  const listed = page.matchAll(/^\| `([A-Z_]+)` \|/gm)
  t.same(
    Array.from(listed, ([, code]) => code),
    Object.keys(errorTable),
  )
})

t.test('each code stands there with its status', async (t) => {
  const documented = documentedErrors()
  for (const [code, [status]] of Object.entries(errorTable)) {
    t.equal(documented.get(code)?.status, status, code)
  }
})

t.test('wherever the page names a status with a code, the two belong together', async (t) => {
  const documented = documentedErrors()
  const mentions = Array.from(page.matchAll(/\b(\d{3})\s`([A-Z]+(?:_[A-Z]+)*)`/g))
  t.ok(mentions.length > 20, `${mentions.length} mentions`)
  for (const [text, status, code = ''] of mentions) {
    const error = documented.get(code)
    t.ok(error && [error.status, ...error.also].includes(Number(status)), text)
  }
})

t.test('the page names no code that does not exist', async (t) => {
  const words = new Set(
    Array.from(page.matchAll(/`([A-Z]{4,}(?:_[A-Z]+)*)`/g), ([, word = '']) => word),
  )
  const methods = ['PATCH', 'DELETE']
  for (const word of words) {
    t.ok(Object.hasOwn(errorTable, word) || methods.includes(word), word)
  }
})

t.test('every endpoint of the distribution API has its section', async (t) => {
  const sections = Array.from(page.matchAll(/^### `(\S+)`$/gm), ([, pattern]) => pattern)
  t.same(sections.toSorted(), Object.values(patterns).toSorted())
})
