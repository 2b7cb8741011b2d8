import { readFileSync } from 'node:fs'
import { type TObject, Type } from 'typebox'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml'
import { findKey, type Key, keys, keysHint } from './keys.ts'
import { didYouMean } from './nearest.ts'
import { schema } from './schema.ts'
import { emptyReading, type Reading, type Setting } from './settings.ts'

const failures: Readonly<Record<string, string>> = {
  ENOENT: 'no such file; check the path',
  EISDIR: 'it is a directory; name a file in it',
  EACCES: 'permission denied; make it readable for the user the registry runs as',
}

/**
 * Reads a YAML file into settings. Whatever is wrong becomes a problem `file:line: what`, an
 * unreadable file too.
 */
export function readFile(path: string): Reading {
  try {
    return parseFile(path, readFileSync(path, 'utf8'))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
    if (code === undefined) throw error
    const problem = `${path}: cannot read the configuration file: ${failures[code] ?? code}`
    return { ...emptyReading, problems: [problem] }
  }
}

/** As {@link readFile}, for text already at hand; `path` only names it in messages and origins. */
export function parseFile(path: string, text: string): Reading {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    const problems = faults.map(
      ({ pos, message }) => `${path}:${lines.linePos(pos[0]).line}: not valid YAML: ${message}`,
    )
    return { ...emptyReading, problems }
  }
  const walk = createWalk(path, document, lines)
  if (!isEmpty(document.contents)) walk.section(document.contents, schema, '', 1)
  return { settings: walk.settings, problems: walk.problems, warnings: [] }
}

/** Follows the document and the schema side by side. */
function createWalk(path: string, document: Document, lines: LineCounter) {
  const settings: Setting[] = []
  const problems: string[] = []

  function section(node: unknown, shape: TObject, prefix: string, line: number): void {
    const content = isAlias(node) ? node.resolve(document) : node
    if (isMap(content)) {
      for (const pair of content.items) entry(pair, shape, prefix)
      return
    }
    const [example] = keys.filter((key) => key.path.startsWith(prefix))
    const holder = prefix === '' ? 'the file' : prefix.slice(0, -1)
    problems.push(`${path}:${line}: ${holder} must hold keys such as ${example?.path}`)
  }

  function entry({ key, value }: Pair, shape: TObject, prefix: string): void {
    const name = isScalar(key) ? String(key.value) : String(key)
    const child = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined
    if (!Type.IsObject(child)) leaf(`${prefix}${name}`, value, lineOf(key))
    else if (!isEmpty(value)) section(value, child, `${prefix}${name}.`, lineOf(key))
  }

  function leaf(name: string, value: unknown, line: number): void {
    const key = findKey(name)
    if (key === undefined) {
      problems.push(
        `${path}:${line}: unknown key ${name}${didYouMean(name, candidatesFor(name)) ?? keysHint}`,
      )
    } else if (isEmpty(value)) {
      problems.push(`${path}:${line}: ${name} has no value; give one or remove the line`)
    } else {
      resolve(key, value as Node, line)
    }
  }

  function resolve(key: Key, node: Node, line: number): void {
    try {
      const raw: unknown = node.toJS(document)
      settings.push({ key, raw, origin: { source: 'file', path, line } })
    } catch (error) {
      // An alias without its anchor, or so many of them that the value would fill the memory.
      if (!(error instanceof ReferenceError)) throw error
      problems.push(`${path}:${line}: ${key.path}: ${error.message}; write the value itself`)
    }
  }

  function lineOf(node: unknown): number {
    const range = (node as Node | null)?.range
    return range ? lines.linePos(range[0]).line : 1
  }

  return { settings, problems, section }
}

/** At the top, a section too: `htpp` should lead to `http`, not to the first key in it. */
function candidatesFor(name: string): string[] {
  const sections = new Set(keys.map(({ path }) => path.slice(0, path.lastIndexOf('.'))))
  const paths = keys.map(({ path }) => path)
  return name.includes('.') ? paths : [...sections, ...paths]
}

/** Nothing after the colon, or everything there commented out. */
function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null)
}
