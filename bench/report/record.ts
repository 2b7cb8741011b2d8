import { readFile, writeFile } from 'node:fs/promises'
import type { Result } from '../result.ts'
import { formatSections } from './text.ts'

/**
 * Replaces what stands between `<!-- name -->` and `<!-- /name -->`; all else stays as it is.
 * @throws Error naming the marker that is not there
 */
export function replaceSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`there is no ${begin} … ${end}`)
  return `${page.slice(0, from + begin.length)}\n\n${text}\n${page.slice(to)}`
}

/** Puts the tables of a result into the page. */
export async function recordResult(file: string, result: Result): Promise<void> {
  const page = await readFile(file, 'utf8')
  const sections = [...formatSections(result)]
  await writeFile(
    file,
    sections.reduce((text, [name, section]) => replaceSection(text, name, section), page),
  )
}
