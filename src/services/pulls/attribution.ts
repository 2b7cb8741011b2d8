import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { ownCopy } from './own-copy.ts'

/** What a client was told that a tag points at. */
export interface Resolved {
  readonly tag: Tag
  readonly digest: Digest
  readonly isIndex: boolean
}

/**
 * Remembers for a short time which tags a client resolved, so that what it pulls by digest then is
 * known as a pull of the tag: containerd, Docker and others ask HEAD by tag, then GET by digest.
 */
export interface Attribution {
  /** HEAD by tag: a GET by digest may follow. */
  resolved(client: string, repository: RepositoryName, found: Resolved, at: number): void
  /** GET by tag: counted already, whatever follows by digest. */
  counted(client: string, repository: RepositoryName, found: Resolved, at: number): void
  /**
   * GET by digest: counts a pull of the tag that the client last resolved to this digest, or to an
   * index that lists it, unless one was counted since.
   */
  fetched(client: string, repository: RepositoryName, digest: Digest, at: number): void
}

export interface AttributionDeps {
  /**
   * Which of these indexes list this manifest. Only asked where a client resolved a tag to an index
   * and then fetched a manifest without the index.
   */
  readonly indexesOf: (
    repository: RepositoryName,
    manifest: Digest,
    indexes: readonly Digest[],
  ) => Promise<ReadonlySet<Digest>>
  readonly onPull: (repository: RepositoryName, tag: Tag, at: number) => void
  readonly onFailure: (error: unknown) => void
  /** Clients and repositories to remember; those that resolved longest ago go first. */
  readonly capacity?: number
}

/** Milliseconds after which a GET by digest has nothing to do with a tag any more. */
export const attributedWithin = 120_000

/** Digests to remember of a client in a repository: more than are pulled at the same time. */
const maxResolves = 16

interface Resolve extends Resolved {
  at: number
  counted: boolean
}

/** Of one client in one repository. */
interface Session {
  readonly key: string
  /** The newest last. */
  readonly resolves: Resolve[]
}

function isRecent(resolve: Resolve, at: number): boolean {
  return at - resolve.at <= attributedWithin
}

/** `found` becomes the newest, in place of what was known of its digest. */
function remember(resolves: Resolve[], found: Resolved, at: number, counted: boolean): void {
  const index = resolves.findIndex(({ digest }) => digest === found.digest)
  const known = resolves[index]
  if (known) resolves.splice(index, 1)
  if (known?.tag === found.tag) {
    known.at = at
    known.counted = counted
    resolves.push(known)
  } else {
    const { tag, digest, isIndex } = found
    resolves.push({ tag: ownCopy(tag), digest: ownCopy(digest), isIndex, at, counted })
  }
  if (resolves.length > maxResolves) resolves.shift()
}

export function createAttribution(deps: AttributionDeps): Attribution {
  const { indexesOf, onPull, onFailure, capacity = 4096 } = deps
  /** In the order of their last HEAD by tag. */
  const sessions = new Map<string, Session>()

  const keyOf = (client: string, repository: RepositoryName) => `${client} ${repository}`

  /** Made if there was none; it is the last to be forgotten. */
  function renew(key: string): Session {
    const session = sessions.get(key) ?? { key: ownCopy(key), resolves: [] }
    sessions.delete(session.key)
    sessions.set(session.key, session)
    const [oldest] = sessions.keys()
    if (sessions.size > capacity && oldest !== undefined) sessions.delete(oldest)
    return session
  }

  /** Nothing if all that was resolved is too old. */
  function find(client: string, repository: RepositoryName, at: number): Resolve[] | undefined {
    if (sessions.size === 0) return undefined
    const session = sessions.get(keyOf(client, repository))
    const newest = session?.resolves.at(-1)
    if (!session || (newest && isRecent(newest, at))) return session?.resolves
    sessions.delete(session.key)
    return undefined
  }

  function count(repository: RepositoryName, resolve: Resolve, at: number): void {
    if (resolve.counted) return
    resolve.counted = true
    onPull(repository, resolve.tag, at)
  }

  /** @param indexes newest first. */
  async function countIndex(
    repository: RepositoryName,
    manifest: Digest,
    indexes: readonly Resolve[],
    at: number,
  ): Promise<void> {
    const digests = indexes.map(({ digest }) => digest)
    const listing = await indexesOf(repository, manifest, digests)
    const index = indexes.find(({ digest }) => listing.has(digest))
    if (index) count(repository, index, at)
  }

  return {
    resolved(client, repository, found, at) {
      remember(renew(keyOf(client, repository)).resolves, found, at, false)
    },
    counted(client, repository, found, at) {
      // Where nothing is remembered, nothing could be counted twice.
      const resolves = find(client, repository, at)
      if (resolves) remember(resolves, found, at, true)
    },
    fetched(client, repository, digest, at) {
      const recent = find(client, repository, at)?.filter((resolve) => isRecent(resolve, at))
      if (!recent) return
      const own = recent.find((resolve) => resolve.digest === digest)
      if (own) {
        count(repository, own, at)
        return
      }
      const indexes = recent.filter(({ isIndex }) => isIndex).reverse()
      if (indexes.every(({ counted }) => counted)) return
      countIndex(repository, digest, indexes, at).catch(onFailure)
    },
  }
}
