import { noteRevealed } from './deletions.ts'
import { pullTag } from './pull.ts'
import { describe } from './refused.ts'
import { settle } from './registers.ts'
import { type Actor, chooseTag } from './world.ts'

interface TagMove {
  readonly from?: string
  readonly restorable: boolean
  readonly keptUntil?: string
}

/** Milliseconds left of what is promised, so that the answer still comes within it. */
const margin = 700

/** What the tag pointed at before, and is promised to stay for a while. */
async function findEarlier(actor: Actor, repository: string, tag: string) {
  const path = `/api/v1/tags/history?repo=${repository}&tag=${tag}&limit=10`
  const reply = await actor.client.send('GET', path)
  const { items } = JSON.parse(reply.body.toString()) as { readonly items: readonly TagMove[] }
  const sure = items.filter(
    ({ restorable, from, keptUntil }) =>
      restorable && from !== undefined && Date.parse(keptUntil ?? '') > Date.now() + margin,
  )
  if (sure.length === 0) return undefined
  const { from = '', keptUntil = '' } = actor.random.pick(sure)
  return { digest: from, until: Date.parse(keptUntil), look: reply }
}

/** Points a tag at what it pointed at before, and pulls that. */
export async function restoreTag(actor: Actor): Promise<void> {
  const { world, client } = actor
  const { tags, manifests, tally } = world
  const { repository, tag } = chooseTag(actor)
  const earlier = await findEarlier(actor, repository, tag)
  if (earlier === undefined) return
  const { digest, until, look } = earlier
  const move = tags.begin(repository, tag, { to: digest, asked: true })
  const body = { repo: repository, tag, digest }
  const reply = await client
    .sendJson('POST', '/api/v1/tags/restore', body)
    .finally(() => settle(move, false))
  tally.did('restore')
  if (reply.status === 200) {
    settle(move, true, reply.answered)
    noteRevealed(world, repository, digest, reply)
    await pullTag(actor, repository, tag)
    return
  }
  tags.drop(repository, tag, move)
  // Whoever purges what a tag points at takes it from everybody's history.
  const now = { sent: look.sent, answered: reply.answered }
  const purged = manifests.emptiedBy(repository, digest, now).some(({ purge }) => purge)
  const words = `${repository}:${tag} to ${digest}: ${describe(reply)}`
  if (reply.answered >= until) tally.note('restores that came too late')
  else if (purged) tally.note('restores of what was purged meanwhile')
  else tally.fail('refused restore', words)
}
