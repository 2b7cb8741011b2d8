import { existsSync, readFileSync } from 'node:fs'

/** The version in the nearest `package.json` above this file: ours, built or not, installed or not. */
export function packageVersion(): string {
  let folder = new URL('./', import.meta.url)
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('../', folder)
    if (parent.href === folder.href) throw new Error('no package.json above the program')
    folder = parent
  }
  const content: unknown = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
  return String((content as { version?: unknown }).version)
}
