import { maxJsonDepth, outlineJson } from '../../oci/json.ts'
import { refuse } from './refusal.ts'

export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON in UTF-8 that is not nested too deep; `undefined` for anything else. */
export function tryJson(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return outlineJson(text).depth > maxJsonDepth ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @throws Problem if it is no JSON, or nested too deep. */
export function readJson(bytes: Uint8Array, path: string): unknown {
  const value = tryJson(bytes)
  if (value === undefined) {
    throw refuse(
      `${path} is no JSON document in UTF-8, or nested deeper than ${maxJsonDepth} levels`,
    )
  }
  return value
}

export function textIn(fields: Fields, key: string): string | undefined {
  const value = fields[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}
