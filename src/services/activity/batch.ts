import type { NewActivity } from '../../../storage/metadata/activity/store.ts'
import { ownCopy } from '../pulls/own-copy.ts'

type Entry = NewActivity & { readonly at: number }

/** What happened and is not written yet. */
export interface Batch {
  /** Equal ones become one with a count and the last time. False: there is no room for it. */
  add(entry: Entry): boolean
  /** Different ones. */
  size(): number
  /** Empties it. */
  take(): readonly Entry[]
}

interface Waiting {
  readonly entry: NewActivity
  at: number
  count: number
}

/** A part of this is kept free of pulls: who pulls a lot must not crowd out who tries passwords. */
const pullShare = 0.8

function copyOf<Text extends string>(text: Text | undefined): Text | undefined {
  return text === undefined ? undefined : ownCopy(text)
}

/** Without the requests that its texts are parts of. */
function keep(entry: NewActivity): NewActivity {
  return {
    action: entry.action,
    actor: copyOf(entry.actor),
    client: ownCopy(entry.client),
    agent: copyOf(entry.agent),
    repository: copyOf(entry.repository),
    tag: copyOf(entry.tag),
    digest: copyOf(entry.digest),
    ...(entry.detail === undefined ? {} : { detail: entry.detail }),
  }
}

function keyOf({ action, actor, client, agent, repository, tag, digest, detail }: NewActivity) {
  return JSON.stringify([action, actor, client, agent, repository, tag, digest, detail])
}

/** @param capacity different ones it holds. */
export function createBatch(capacity: number): Batch {
  let waiting = new Map<string, Waiting>()

  return {
    add(entry) {
      const { at, count = 1 } = entry
      const key = keyOf(entry)
      const known = waiting.get(key)
      if (known) {
        known.count += count
        known.at = Math.max(known.at, at)
        return true
      }
      const limit = entry.action === 'pull' ? capacity * pullShare : capacity
      if (waiting.size >= limit) return false
      waiting.set(key, { entry: keep(entry), at, count })
      return true
    },
    size: () => waiting.size,
    take() {
      const taken = [...waiting.values()]
      waiting = new Map()
      return taken.map(({ entry, at, count }) => ({ ...entry, at, count }))
    },
  }
}
