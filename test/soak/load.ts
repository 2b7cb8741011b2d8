import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../faults/random.ts'
import { Broken, createClient } from './client.ts'
import {
  type Bin,
  deleteManifest,
  deleteRepository,
  deleteSelection,
  deleteTag,
  type Undoable,
  undo,
} from './deletions.ts'
import { pullTag } from './pull.ts'
import { push } from './push.ts'
import { Refused } from './refused.ts'
import { restoreTag } from './restore.ts'
import { type Actor, chooseTag, type World } from './world.ts'

/** What a participant does, again and again. */
type Work = (actor: Actor) => Promise<void>

interface Group {
  readonly count: number
  /** Last byte of the first one's address. */
  readonly from: number
  readonly work: Work
}

async function pull(actor: Actor): Promise<void> {
  const { repository, tag } = chooseTag(actor)
  await pullTag(actor, repository, tag)
}

function createDelete(bin: Bin): Work {
  return async (actor) => {
    const work = actor.random.pickWeighted<Work>([
      [deleteTag, 35],
      [deleteManifest, 20],
      [(one) => deleteSelection(one, bin), 43],
      [deleteRepository, 2],
    ])
    await work(actor)
    actor.world.tally.did('deletion')
  }
}

/** Takes a deletion out that is undone while that is promised; the oldest are over. */
function takeUndoable({ world, random }: Actor, bin: Bin): Undoable | undefined {
  const old = Date.now() - world.times.keep * 0.7
  const young = bin.filter(({ sent }) => sent > old)
  const [taken] = young.splice(random.between(0, Math.max(0, young.length - 1)), 1)
  bin.splice(0, bin.length, ...young)
  return taken
}

function createRestore(bin: Bin): Work {
  return async (actor) => {
    const deletion = actor.random.chance(0.5) ? takeUndoable(actor, bin) : undefined
    if (deletion === undefined) return restoreTag(actor)
    const undone = await undo(actor, deletion)
    actor.world.tally.did('restore')
    const tags = deletion.plan.tags.map(({ tag }) => tag)
    if (undone && tags.length > 0) {
      await pullTag(actor, deletion.repository, actor.random.pick(tags))
    }
  }
}

function groupsOf(pushers: number): readonly Group[] {
  const bin: Bin = []
  return [
    { count: pushers, from: 2, work: push },
    { count: Math.ceil(pushers / 5), from: 100, work: pull },
    { count: Math.ceil(pushers / 8), from: 140, work: createDelete(bin) },
    { count: Math.ceil(pushers / 16), from: 180, work: createRestore(bin) },
  ]
}

export interface LoadOptions {
  readonly world: World
  readonly port: number
  readonly seed: number
  readonly pushers: number
  /** Milliseconds at most between what one participant does. */
  readonly think: number
  /** Resolves once the registry answers; asked after a connection broke. */
  readonly backAgain?: () => Promise<void>
}

/** A load that runs until it is stopped. */
export interface Load {
  stop(): Promise<void>
}

export function startLoad(options: LoadOptions): Load {
  const { world, port, seed, pushers, think, backAgain } = options
  let stopped = false

  /** Whether a registry that is killed explains what went wrong. */
  async function survive(error: unknown): Promise<void> {
    if (error instanceof Refused) world.tally.fail('refused', error.message)
    else if (!(error instanceof Broken)) throw error
    else if (backAgain) await backAgain()
    else world.tally.fail('no answer', error.message)
  }

  async function act({ work }: Group, address: string): Promise<void> {
    const client = createClient({ port, address, onReply: world.tally.requested })
    const actor: Actor = { world, client, random: createRandom(seed).fork(address) }
    while (!stopped) {
      await work(actor).catch(survive)
      await delay(actor.random.between(0, think))
    }
    client.close()
  }

  const all = groupsOf(pushers).flatMap((group) =>
    Array.from({ length: group.count }, (_, at) => act(group, `127.0.0.${group.from + at}`)),
  )
  const done = Promise.all(all)
  done.catch(() => undefined)
  return {
    async stop() {
      stopped = true
      await done
    },
  }
}
