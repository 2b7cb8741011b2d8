/** A part of a JSON document. */
export type Json = unknown

type Fields = Readonly<Record<string, Json>>

/** Schemas by their titles, for a document that names each once. */
export interface Components {
  /** The schema with every titled one in it replaced by a reference. */
  refer(schema: Json): Json
  /** All that were met, in the order of their titles. */
  all(): Fields
}

function isObject(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function createComponents(): Components {
  const known = new Map<string, Json>()

  function inner(value: Json): Json {
    if (Array.isArray(value)) return value.map(refer)
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, refer(field)]))
  }

  function add(title: string, schema: Fields): void {
    const { title: _, ...rest } = schema
    const text = JSON.stringify(inner(rest))
    const before = known.get(title)
    if (before !== undefined && JSON.stringify(before) !== text) {
      throw new Error(`two schemas have the title ${title}`)
    }
    known.set(title, JSON.parse(text))
  }

  function refer(value: Json): Json {
    const title = isObject(value) ? value['title'] : undefined
    if (typeof title !== 'string') return inner(value)
    add(title, value as Fields)
    return { $ref: `#/components/schemas/${title}` }
  }

  return {
    refer,
    all: () => Object.fromEntries([...known].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
