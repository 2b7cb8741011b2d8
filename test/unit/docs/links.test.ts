import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

const root = new URL('../../../../', import.meta.url)

/** Every page a person reads, as paths from the root. */
const pages = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(new URL('docs/', root), { recursive: true })
    .map((path) => `docs/${path}`)
    .filter((path) => path.endsWith('.md')),
]

function linksIn(page: string): readonly string[] {
  const text = readFileSync(new URL(page, root), 'utf8').replace(/^```.*?^```/gms, '')
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
}

t.test('links between pages lead somewhere', async (t) => {
  t.ok(pages.length > 15, `${pages.length} pages`)
  for (const page of pages) {
    for (const link of linksIn(page)) {
      if (/^https?:/.test(link)) continue
      const [path = ''] = link.split('#', 1)
      t.ok(existsSync(new URL(path, new URL(page, root))), `${page}: ${link}`)
    }
  }
})

t.test('every guide and every decision is reached from another page', async (t) => {
  const reached = new Set(
    pages.flatMap((page) =>
      linksIn(page)
        .filter((link) => !/^https?:/.test(link))
        .map((link) => new URL(link.split('#', 1)[0] ?? '', new URL(page, root)).pathname),
    ),
  )
  for (const page of pages.filter((path) => /^docs\/(?:guides|decisions|reference)\//.test(path))) {
    t.ok(reached.has(new URL(page, root).pathname), page)
  }
})
