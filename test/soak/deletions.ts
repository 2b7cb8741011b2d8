import type { Reply } from './client.ts'
import { describe, Refused } from './refused.ts'
import { type Move, settle } from './registers.ts'
import { comesBack } from './sight.ts'
import { type Actor, chooseTag, type World } from './world.ts'

/** What the registry says of a deletion. */
interface Plan {
  readonly tags: readonly { readonly tag: string; readonly digest: string }[]
  readonly manifests: readonly {
    readonly digest: string
    readonly because: string
    readonly tags: readonly string[]
  }[]
}

interface Done {
  readonly plan: Plan
  readonly deletion?: { readonly id: number }
}

interface Undone {
  readonly tags: readonly string[]
}

/** A deletion that can be undone. */
export interface Undoable {
  readonly id: number
  readonly repository: string
  readonly plan: Plan
  /** When it was asked for. */
  readonly sent: number
}

/** Where deletions wait for whoever undoes some of them. */
export type Bin = Undoable[]

/** Every tag that points at a digest goes with it. */
function beginDigest(world: World, repository: string, digest: string, purge: boolean): Move[] {
  const { tags, manifests } = world
  const whole = { to: null, asked: true, purge }
  return [
    manifests.begin(repository, digest, whole),
    ...tags.cells(repository).map((tag) => tags.begin(repository, tag, { ...whole, from: digest })),
  ]
}

function settleAll(moves: readonly Move[], certain: boolean): void {
  for (const move of moves) settle(move, certain)
}

/** Does something that changes what is known; if it is not known whether it did, neither is that. */
async function knowing(moves: readonly Move[], ask: () => Promise<Reply>): Promise<Reply> {
  try {
    const reply = await ask()
    settleAll(moves, reply.status < 300)
    return reply
  } catch (error) {
    settleAll(moves, false)
    throw error
  }
}

function refuseUnless(reply: Reply, statuses: readonly number[], what: string): void {
  if (!statuses.includes(reply.status)) throw new Refused(what, reply)
}

export async function deleteTag(actor: Actor): Promise<void> {
  const { world, client } = actor
  const { repository, tag } = chooseTag(actor)
  const move = world.tags.begin(repository, tag, { to: null, asked: true })
  const path = `/v2/${repository}/manifests/${tag}`
  const reply = await knowing([move], () => client.send('DELETE', path))
  refuseUnless(reply, [202, 404], 'deleting a tag')
  if (reply.status === 404 && !world.tags.allows(repository, tag, null, reply)) {
    world.tally.fail('wrong tag', `${repository}:${tag} could not be deleted: ${describe(reply)}`)
  }
}

/** By digest, what a tag points at; now and then a part of that. */
export async function deleteManifest(actor: Actor): Promise<void> {
  const { world, client, random } = actor
  const { repository, tag } = chooseTag(actor)
  const found = await client.send('HEAD', `/v2/${repository}/manifests/${tag}`)
  const digest = found.headers['docker-content-digest']
  if (found.status !== 200 || typeof digest !== 'string') return
  const children = world.pool.childrenOf(digest)
  const wanted = children.length > 0 && random.chance(0.2) ? random.pick(children) : digest
  const moves = beginDigest(world, repository, wanted, false)
  const path = `/v2/${repository}/manifests/${wanted}`
  const reply = await knowing(moves, () => client.send('DELETE', path))
  refuseUnless(reply, [202, 404], 'deleting a manifest')
}

/** What was asked for was that; what goes with it went with it. */
function notePlan(world: World, repository: string, { plan }: Done, look: Reply, purge: boolean) {
  const { sent, answered } = look
  for (const { tag } of plan.tags) {
    settle(world.tags.begin(repository, tag, { to: null, asked: true, sent }), true, answered)
  }
  for (const { digest, because, tags } of plan.manifests) {
    const asked = because === 'asked for'
    const move = { to: null, asked, sent, purge }
    settle(world.manifests.begin(repository, digest, move), true, answered)
    for (const tag of tags) {
      settle(world.tags.begin(repository, tag, { ...move, from: digest }), true, answered)
    }
  }
}

async function chooseSelection(actor: Actor, repository: string) {
  const { client, random } = actor
  const tags = new Set(Array.from({ length: random.between(1, 3) }, () => chooseTag(actor).tag))
  const [first = ''] = tags
  if (random.chance(0.75)) return { tags: [...tags] }
  const found = await client.send('HEAD', `/v2/${repository}/manifests/${first}`)
  const digest = found.headers['docker-content-digest']
  return typeof digest === 'string' ? { digests: [digest] } : { tags: [...tags] }
}

/** By the management API, with all that belongs to it. */
export async function deleteSelection(actor: Actor, bin: Bin): Promise<void> {
  const { world, client, random } = actor
  const { repository } = chooseTag(actor)
  const purge = random.chance(0.4)
  const selection = await chooseSelection(actor, repository)
  // Nobody knows what belongs to it before the answer.
  const unknown = { to: null, asked: false, purge }
  const everything = world.manifests.beginAll(repository, unknown)
  const everyTag = world.tags.beginAll(repository, unknown)
  const body = { repo: repository, ...selection, purge }
  const reply = await knowing([], () => client.sendJson('POST', '/api/v1/deletions', body)).catch(
    (error) => {
      settleAll([everything, everyTag], false)
      throw error
    },
  )
  refuseUnless(reply, [200, 404], 'a deletion')
  if (reply.status === 200) {
    const done = JSON.parse(reply.body.toString()) as Done
    notePlan(world, repository, done, reply, purge)
    const { deletion, plan } = done
    if (deletion && !purge) {
      bin.push({ id: deletion.id, repository, plan, sent: reply.sent })
    }
  }
  world.manifests.dropAll(repository, everything)
  world.tags.dropAll(repository, everyTag)
}

export async function deleteRepository(actor: Actor): Promise<void> {
  const { world, client, random } = actor
  const { repository } = chooseTag(actor)
  const purge = random.chance(0.5)
  const whole = { to: null, asked: true, purge }
  const moves = [
    world.tags.beginAll(repository, whole),
    world.manifests.beginAll(repository, whole),
  ]
  const path = `/api/v1/repo?repo=${repository}&purge=${purge}`
  const reply = await knowing(moves, () => client.send('DELETE', path))
  refuseUnless(reply, [200, 404], 'deleting a repository')
}

/** What a visible manifest is made of is visible with it. */
export function noteRevealed(world: World, repository: string, digest: string, look: Reply): void {
  for (const one of [digest, ...world.pool.childrenOf(digest)]) {
    comesBack(world, repository, one, look)
  }
}

/** Which tag → what it points at if the deletion is undone. */
function tagsOf({ plan }: Undoable): ReadonlyMap<string, string> {
  const alone = plan.tags.map(({ tag, digest }) => [tag, digest] as const)
  const whole = plan.manifests.flatMap(({ digest, tags }) =>
    tags.map((tag) => [tag, digest] as const),
  )
  return new Map([...alone, ...whole])
}

/** Undoes a deletion while that is promised; true if tags came back. */
export async function undo({ world, client }: Actor, deletion: Undoable): Promise<boolean> {
  const { tags, tally, times } = world
  const { id, repository, sent } = deletion
  const moves = [...tagsOf(deletion)].map(([tag, digest]) => {
    return { tag, digest, move: tags.begin(repository, tag, { to: digest, asked: true }) }
  })
  const path = `/api/v1/deletions/${id}/undo`
  const reply = await client.sendJson('POST', path, {}).finally(() =>
    settleAll(
      moves.map(({ move }) => move),
      false,
    ),
  )
  const done = reply.status === 200 ? (JSON.parse(reply.body.toString()) as Undone) : undefined
  for (const { tag, digest, move } of moves) {
    if (done?.tags.includes(tag)) {
      settle(move, true, reply.answered)
      noteRevealed(world, repository, digest, reply)
    } else tags.drop(repository, tag, move)
  }
  if (done) return done.tags.length > 0
  const inTime = reply.answered - sent < times.keep
  if (inTime) tally.fail('refused undo', `${id} in ${repository}: ${describe(reply)}`)
  else tally.note('undos that came too late')
  return false
}
