import type {
  AccountTable,
  LogicalScope,
  NamespaceAccount,
  RegistryAccount,
  RepositoryAccount,
  RepositoryCursor,
  RepositoryQuery,
  RepositorySort,
  StorageDay,
  TagName,
} from '../../../storage/metadata/accounts/store.ts'
import type { Visibility } from '../../access/rights.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { type ReconcileDeps, reconcile, type StorageLine } from './reconcile.ts'

/** With what a table would say if nothing were shared: see docs/reference/storage-accounts.md. */
type Whole<Sums> = Sums & { readonly logical: number; readonly shared: number }

/**
 * What everything costs. All sizes are bytes; times are milliseconds since 1970, for the API to write
 * as RFC 3339.
 */
export interface Accounts extends Pick<AccountTable, 'tags' | 'marginal' | 'layers'> {
  /**
   * One page of `GET /repos`, and where the next one begins, if there may be one.
   * @param visible those that may be told; all of them if absent.
   */
  page(query: RepositoryQuery, visible?: Visibility): Promise<RepositoryPage>
  /**
   * `GET /storage/summary`, from the metadata alone:
   * `{repositories, tags, manifests, blobs, manifestBytes, stored, live, undo, waiting, trash,
   * undoManifestBytes, last?: {day, at, …, uploads, absent, disk, logical}}`.
   * `last` is the newest day that was recorded, with what only a walk over the disk tells.
   */
  summary(): Promise<StorageSummary>
  /**
   * The reconciled line now: `{live, undo, waiting, trash, uploads, absent, disk, difference,
   * unknown: [{what, name, size}], undoManifestBytes}`. Lists every file: a job, not an answer.
   */
  reconcile(signal?: AbortSignal): Promise<StorageLine>
  /**
   * One of `GET /storage/repos` with `logical` and `shared`: `{name, tags, manifests, manifestBytes,
   * logical, stored, unique, shared, pushedAt?, pulledAt?, pulls}`; reads each of its tags.
   */
  repository(name: RepositoryName): Promise<Whole<RepositoryAccount> | undefined>
  /** The same of all repositories below a prefix: `{repositories, tags, …, shared}`. */
  namespace(prefix: string): Promise<Whole<NamespaceAccount>>
  /** The same of everything: nothing is outside, so that all of it is its own. */
  registry(): Promise<Whole<NamespaceAccount>>
  /** Each tag's content, summed; reads each of them, some at a time. */
  logical(scope: LogicalScope, signal?: AbortSignal): Promise<number>
  /**
   * `GET /storage/series?from&to`: `{days: [], live: [], undo: [], …}`, one array a column, as long as
   * there are days recorded from `from` to `to` (YYYY-MM-DD, both included).
   */
  series(from: string, to: string): Promise<StorageSeries>
}

export type { RepositoryAccount }

export interface RepositoryPage {
  readonly items: readonly RepositoryAccount[]
  readonly next?: RepositoryCursor
}

export interface StorageSummary extends RegistryAccount {
  readonly live: number
  readonly undo: number
  readonly waiting: number
  readonly trash: number
  readonly undoManifestBytes: number
  readonly last?: StorageDay
}

export type StorageSeries = {
  readonly [Column in Exclude<keyof StorageDay, 'day' | 'at'>]: readonly number[]
} & { readonly days: readonly string[] }

/** What an order compares; names are their own. */
const valueIn: Readonly<Record<RepositorySort, (account: RepositoryAccount) => number>> = {
  name: () => 0,
  size: ({ stored }) => stored,
  unique: ({ unique }) => unique,
  tags: ({ tags }) => tags,
  pushedAt: ({ pushedAt }) => pushedAt ?? 0,
  pulledAt: ({ pulledAt }) => pulledAt ?? 0,
}

/** Tags in one look at the store: some milliseconds of work. */
const logicalPage = 50

/** Ten years. */
const mostDays = 3660

function toSeries(days: readonly StorageDay[]): StorageSeries {
  const column = (name: Exclude<keyof StorageDay, 'day'>) => days.map((each) => each[name])
  return {
    days: days.map(({ day }) => day),
    repositories: column('repositories'),
    tags: column('tags'),
    manifests: column('manifests'),
    blobs: column('blobs'),
    manifestBytes: column('manifestBytes'),
    logical: column('logical'),
    live: column('live'),
    undo: column('undo'),
    waiting: column('waiting'),
    trash: column('trash'),
    uploads: column('uploads'),
    absent: column('absent'),
    disk: column('disk'),
  }
}

export function createAccounts(deps: ReconcileDeps): Accounts {
  const { now = Date.now, historyKeep } = deps
  const { accounts } = deps.metadata

  async function logical(scope: LogicalScope, signal?: AbortSignal): Promise<number> {
    let bytes = 0
    let after: TagName | undefined
    do {
      signal?.throwIfAborted()
      const page = await accounts.logical(scope, logicalPage, after)
      bytes += page.bytes
      after = page.next
    } while (after)
    return bytes
  }

  async function whole<Sums extends { stored: number; unique: number }>(
    sums: Sums,
    scope: LogicalScope,
  ): Promise<Whole<Sums>> {
    return { ...sums, shared: sums.stored - sums.unique, logical: await logical(scope) }
  }

  return {
    async page(query, visible) {
      if (visible) return accounts.visibleRepositories({ ...query, visible })
      const items = await accounts.repositories(query)
      const last = items.length < query.limit ? undefined : items.at(-1)
      if (last === undefined) return { items }
      return { items, next: { value: valueIn[query.sort](last), name: last.name } }
    },
    tags: accounts.tags,
    marginal: accounts.marginal,
    layers: accounts.layers,
    logical,
    reconcile: (signal) => reconcile(deps, signal),
    async summary() {
      const registry = await accounts.registry()
      const { history, trashUnknown: _, ...apart } = await accounts.apart(now() - historyKeep)
      const last = await accounts.newestDay()
      const live = registry.stored - registry.manifestBytes - history
      return { ...registry, ...apart, live, ...(last ? { last } : {}) }
    },
    async repository(name) {
      const account = await accounts.repository(name)
      return account && whole(account, { repository: name })
    },
    async namespace(prefix) {
      return whole(await accounts.namespace(prefix), { prefix })
    },
    async registry() {
      const all = await accounts.registry()
      return whole({ ...all, unique: all.stored }, {})
    },
    async series(from, to) {
      return toSeries(await accounts.days(from, to, mostDays))
    },
  }
}
