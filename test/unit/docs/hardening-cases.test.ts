import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'

const root = new URL('../../../../', import.meta.url)
const page = readFileSync(new URL('docs/reference/hardening-cases.md', root), 'utf8')
const rows = page.split('\n').filter((line) => /^\| \d/.test(line))

interface Reference {
  readonly file: string
  readonly title: string
}

function referencesOf(row: string): readonly Reference[] {
  const found = row.matchAll(/`(test\/[\w/.-]+\.ts)`: (.+?)(?=<br>| \|$)/g)
  return Array.from(found, ([, file = '', title = '']) => ({ file, title }))
}

t.test('every test the page names is there under its title', async (t) => {
  const references = rows.flatMap(referencesOf)
  t.ok(references.length > 40, `${references.length} references`)
  for (const { file, title } of references) {
    const at = new URL(file, root)
    const text = existsSync(at) ? readFileSync(at, 'utf8') : ''
    t.ok(text.includes(`'${title}'`), `${file}: ${title}`)
  }
})

t.test('all tables are numbered without a gap', async (t) => {
  const tables = page.split(/^## /m).slice(1)
  const numbers = tables.map((table) => [
    ...new Set(Array.from(table.matchAll(/^\| (\d+)[a-z]? \|/gm), ([, number]) => Number(number))),
  ])
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)
  t.same(numbers, [upTo(13), upTo(20), upTo(17), upTo(27), upTo(16)])
})

t.test('every case has a test, a missing part, or the admission that it has none', async (t) => {
  for (const row of rows) {
    const held = row.split(' | ')[2] ?? ''
    t.match(held, /`test\/|^see \d+|not applicable yet: \w|no test/, row.slice(0, 60))
  }
})
