import type { MetadataStore } from '../store.ts'
import { type MetadataWrite, writesOf } from './writes.ts'

type Method = (...args: readonly unknown[]) => Promise<unknown>
type Group = Readonly<Record<string, Method>>

/**
 * A store that reads here and has its writes done elsewhere, by the one process that writes: what
 * resolved is visible here at once, as everywhere.
 * @param send has a write done; see `performWrite`.
 */
export function splitMetadata(
  reader: MetadataStore,
  send: (write: MetadataWrite) => Promise<unknown>,
): MetadataStore {
  async function write(group: string, method: string, args: readonly unknown[]): Promise<unknown> {
    try {
      return await send({ group, method, args })
    } finally {
      reader.renew()
    }
  }

  function split(group: string, table: Group): Group {
    const sent = writesOf(group).map((method): [string, Method] => [
      method,
      (...args) => write(group, method, args),
    ])
    return { ...table, ...Object.fromEntries(sent) }
  }

  const groups = Object.entries(reader).map(([name, member]: [string, unknown]) =>
    typeof member === 'object' ? [name, split(name, member as Group)] : [name, member],
  )
  return { ...Object.fromEntries(groups), ...split('', { probe: reader.probe }) }
}
