import type { AccessTable } from '../../../storage/metadata/access/store.ts'
import { createRights, openRights } from '../../access/decide.ts'
import type { GivenByConfiguration } from '../../access/given.ts'
import type { Rights } from '../../access/rights.ts'
import type { Access } from './access.ts'

export interface AccessDeps extends GivenByConfiguration {
  readonly metadata: { readonly access: Pick<AccessTable, 'version' | 'book'> }
}

interface Loaded {
  readonly version: number
  readonly rights: Rights
}

/**
 * Rights by the accounts and grants that are stored. They are read again when their version has changed,
 * once for all who ask meanwhile; while they can't be read nobody is told any.
 */
export function createAccess({ metadata, ...settings }: AccessDeps): Access {
  const { access } = metadata
  let current: Loaded | undefined
  let loading: Promise<Loaded> | undefined

  async function load(): Promise<Loaded> {
    try {
      const book = await access.book()
      current = { version: book.version, rights: createRights(book, settings) }
      return current
    } finally {
      loading = undefined
    }
  }

  return {
    async rights() {
      for (;;) {
        const version = await access.version()
        if (current?.version === version) return current.rights
        if (loading === undefined) {
          loading = load()
          return (await loading).rights
        }
        // It began before this request: what it reads may be older than what this one must see.
        await loading
      }
    },
  }
}

/** Where nobody has to sign in. */
export function createOpenAccess(): Access {
  return { rights: async () => openRights }
}
