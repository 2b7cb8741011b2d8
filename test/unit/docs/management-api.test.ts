import { readFileSync } from 'node:fs'
import t from 'tap'
import { routes } from '../../../routes/api/table.ts'
import { problemTable } from '../../../src/services/problem.ts'

const page = readFileSync(
  new URL('../../../../docs/reference/management-api.md', import.meta.url),
  'utf8',
)

t.test('the page lists the endpoints there are, each once', async (t) => {
  const listed = Array.from(page.matchAll(/^\| `([A-Z]+ \/\S*)` \|/gm), ([, endpoint]) => endpoint)
  const endpoints = routes.map(({ method, path }) => `${method} ${path}`)
  t.same(listed.toSorted(), endpoints.toSorted())
})

t.test('the page lists the codes there are with their status, in their order', async (t) => {
  const listed = Array.from(
    page.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \| \S.* \|$/gm),
    ([, code, status]) => [code, Number(status)],
  )
  t.same(
    listed,
    Object.entries(problemTable).map(([code, [status]]) => [code, status]),
  )
})
