import { type TObject, Type } from 'typebox'
import { type Field, isField } from './fields.ts'
import { type KeyPath, schema } from './schema.ts'

export interface Key {
  readonly path: KeyPath
  readonly field: Field
  /** The variable that sets it, e.g. `LAYERHOUSE_HTTP_PUBLIC_URL`. */
  readonly variable: string
}

export const variablePrefix = 'LAYERHOUSE_'

/** Every key, in the order of the schema. */
export const keys: readonly Key[] = collect(schema, '')

/** Ends a message about a name that is like none we know. */
export const keysHint = '; "layerhouse config print" lists every key'

const byPath: ReadonlyMap<string, Key> = new Map(keys.map((key) => [key.path, key]))

export function findKey(path: string): Key | undefined {
  return byPath.get(path)
}

export function keyOf(path: KeyPath): Key {
  const key = byPath.get(path)
  if (key === undefined) throw new TypeError(`no configuration key ${path}`)
  return key
}

/** `http.publicUrl` → `LAYERHOUSE_HTTP_PUBLIC_URL`. */
export function variableOf(path: string): string {
  const words = path.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('.', '_')
  return `${variablePrefix}${words.toUpperCase()}`
}

function collect(section: TObject, prefix: string): Key[] {
  return Object.entries(section.properties).flatMap(([name, child]) => {
    const path = `${prefix}${name}`
    if (Type.IsObject(child)) return collect(child, `${path}.`)
    if (!isField(child)) throw new TypeError(`${path} is not made by a function of fields.ts`)
    // The walk follows the very schema that KeyPath is derived from.
    return [{ path: path as KeyPath, field: child, variable: variableOf(path) }]
  })
}
