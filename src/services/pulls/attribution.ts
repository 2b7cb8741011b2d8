import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { ownCopy } from './own-copy.ts'
import type { Step } from './step.ts'

/**
 * Remembers for a short time which tags a client resolved, so that what it pulls by digest then is
 * known as a pull of the tag: containerd, Docker and others ask HEAD by tag, then GET by digest.
 *
 * A `fetched` counts a pull of the tag that the client last resolved to this digest, or to an index
 * that lists it, unless one was counted since.
 */
export interface Attribution {
  /**
   * Steps of all clients, in their order. Gives a promise only if the store has to be asked: the next
   * step comes after that.
   */
  follow(step: Step): Promise<void> | undefined
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
  /** A pull of this tag, by the step's time. */
  readonly onPull: (repository: RepositoryName, tag: Tag, at: number) => void
  /** Clients and repositories to remember; those that resolved longest ago go first. */
  readonly capacity?: number
}

/** Milliseconds after which a GET by digest has nothing to do with a tag any more. */
export const attributedWithin = 120_000

/** Digests to remember of a client in a repository: more than are pulled at the same time. */
const maxResolves = 16

/** What a client was told that a tag points at. */
interface Resolve {
  readonly tag: Tag
  readonly digest: Digest
  readonly isIndex: boolean
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

/** The step becomes the newest, in place of what was known of its digest. */
function remember(resolves: Resolve[], tag: Tag, { kind, digest, isIndex, at }: Step): void {
  const counted = kind === 'pulled'
  const index = resolves.findIndex((resolve) => resolve.digest === digest)
  const known = resolves[index]
  if (known) resolves.splice(index, 1)
  if (known?.tag === tag) {
    known.at = at
    known.counted = counted
    resolves.push(known)
  } else {
    resolves.push({ tag: ownCopy(tag), digest: ownCopy(digest), isIndex, at, counted })
  }
  if (resolves.length > maxResolves) resolves.shift()
}

function createSessions(capacity: number) {
  /** In the order of their last HEAD by tag. */
  const sessions = new Map<string, Session>()
  const keyOf = ({ client, repository }: Step) => `${client} ${repository}`

  return {
    /** Made if there was none; it is the last to be forgotten. */
    renew(step: Step): Resolve[] {
      const key = keyOf(step)
      const session = sessions.get(key) ?? { key: ownCopy(key), resolves: [] }
      sessions.delete(session.key)
      sessions.set(session.key, session)
      const [oldest] = sessions.keys()
      if (sessions.size > capacity && oldest !== undefined) sessions.delete(oldest)
      return session.resolves
    },
    /** Nothing if all that was resolved is too old. */
    find(step: Step): Resolve[] | undefined {
      if (sessions.size === 0) return undefined
      const session = sessions.get(keyOf(step))
      const newest = session?.resolves.at(-1)
      if (!session || (newest && isRecent(newest, step.at))) return session?.resolves
      sessions.delete(session.key)
      return undefined
    },
  }
}

export function createAttribution(deps: AttributionDeps): Attribution {
  const { indexesOf, onPull, capacity = 4096 } = deps
  const sessions = createSessions(capacity)

  function count(resolve: Resolve, { repository, at }: Step): void {
    if (resolve.counted) return
    resolve.counted = true
    onPull(repository, resolve.tag, at)
  }

  /** @param indexes newest first. */
  async function countIndex(step: Step, indexes: readonly Resolve[]): Promise<void> {
    const digests = indexes.map(({ digest }) => digest)
    const listing = await indexesOf(step.repository, step.digest, digests)
    const index = indexes.find(({ digest }) => listing.has(digest))
    if (index) count(index, step)
  }

  function fetched(step: Step): Promise<void> | undefined {
    const recent = sessions.find(step)?.filter((resolve) => isRecent(resolve, step.at))
    if (!recent) return undefined
    const own = recent.find(({ digest }) => digest === step.digest)
    const indexes = own ? [] : recent.filter(({ isIndex }) => isIndex).reverse()
    if (own) count(own, step)
    return indexes.every(({ counted }) => counted) ? undefined : countIndex(step, indexes)
  }

  return {
    follow(step) {
      if (step.tag === undefined) return fetched(step)
      // Where nothing is remembered, no pull by tag could be counted twice.
      const resolves = step.kind === 'resolved' ? sessions.renew(step) : sessions.find(step)
      if (resolves) remember(resolves, step.tag, step)
      return undefined
    },
  }
}
