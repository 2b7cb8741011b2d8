import { ociImage, ociIndex } from '../../src/oci/media-types.ts'
import type { Content } from '../helpers/push.ts'
import type { Reply } from './client.ts'
import type { Bundle, Image } from './pool.ts'
import { createPromises } from './promises.ts'
import { pullTag } from './pull.ts'
import { Refused } from './refused.ts'
import { settle } from './registers.ts'
import { comesBack } from './sight.ts'
import { expect, type Push, provide } from './upload.ts'
import { type Actor, chooseTag, quietRepositories } from './world.ts'

/** A push that was refused for the want of something, and was promised nothing of it any more. */
class TooSlow extends Error {}

interface Target {
  readonly reference: string
  readonly manifest: Content
  readonly type: string
}

/** @throws TooSlow, or Refused if all of it had to be there. */
function judgeRefusal({ promises, repository }: Push, reply: Reply): never {
  const { errors = [] } = JSON.parse(reply.body.toString() || '{}') as {
    readonly errors?: readonly { readonly code: string; readonly detail?: { digest?: string } }[]
  }
  const missing = errors
    .filter(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN')
    .map(({ detail }) => detail?.digest ?? '')
  const slow = missing.every((digest) => !promises.cover(digest, reply.answered))
  if (missing.length > 0 && slow) throw new TooSlow()
  const words = missing.map((digest) => promises.describe(digest, reply.answered)).join('; ')
  throw new Refused(`a manifest for ${repository} whose content had to be there (${words})`, reply)
}

/** What is known of a tag, if it is one, and of a manifest while it is pushed. */
function beginMoves({ actor, repository }: Push, { reference, manifest: { digest } }: Target) {
  const { tags, manifests } = actor.world
  const move = { to: digest, asked: true }
  const isTag = !reference.includes(':')
  const tagged = isTag ? [tags.begin(repository, reference, move)] : []
  const seen = manifests.begin(repository, digest, move)
  return {
    settle(certain: boolean) {
      for (const one of [...tagged, seen]) settle(one, certain)
    },
    drop() {
      for (const one of tagged) tags.drop(repository, reference, one)
      manifests.drop(repository, digest, seen)
    },
  }
}

async function putManifest(push: Push, target: Target): Promise<Reply> {
  const { actor, repository, promises } = push
  const { reference, manifest, type } = target
  const moves = beginMoves(push, target)
  const path = `/v2/${repository}/manifests/${reference}`
  const wanted = { body: manifest.bytes, headers: { 'content-type': type } }
  const reply = await actor.client.send('PUT', path, wanted).finally(() => moves.settle(false))
  if (reply.status !== 201) {
    moves.drop()
    return judgeRefusal(push, reply)
  }
  moves.settle(true)
  promises.hear(manifest.digest, reply.sent, 'put')
  return reply
}

/** Blobs at the same time, as clients do; with `slowly`, one of them takes long. */
async function provideAll(push: Push, blobs: readonly Content[], slowly: boolean): Promise<void> {
  const last = blobs.at(-1)
  await Promise.all(
    blobs.map((blob) => (slowly && blob === last ? undefined : provide(push, blob, false))),
  )
  if (slowly && last) await provide(push, last, true)
}

/** A part of an index: by digest, and only if it is not there. */
async function provideChild(push: Push, image: Image, slowly: boolean): Promise<void> {
  const { actor, repository, promises } = push
  const { digest } = image.manifest
  if (actor.random.chance(0.5)) {
    const path = `/v2/${repository}/manifests/${digest}`
    const reply = await actor.client.send('HEAD', path, { headers: { accept: ociImage } })
    expect(reply, [200, 404], 'a question for a manifest')
    if (reply.status === 200) return promises.hear(digest, reply.sent, 'asked for')
  }
  await provideAll(push, image.blobs, slowly)
  await putManifest(push, { reference: digest, manifest: image.manifest, type: ociImage })
}

/** Whoever pushed an index may count on all of it, unless it took too long. */
function noteChildren(push: Push, { children }: Bundle, reply: Reply): void {
  const { actor, repository, promises } = push
  for (const { manifest } of children) {
    const { digest } = manifest
    if (promises.cover(digest, reply.answered)) comesBack(actor.world, repository, digest, reply)
    else {
      actor.world.tally.note('slow children of an index')
      const move = { to: null, asked: true, sent: reply.sent }
      settle(actor.world.manifests.begin(repository, digest, move), false)
    }
  }
}

function numberOf({ actor, repository }: Push): number {
  return actor.world.repositories.indexOf(repository)
}

async function pushBundle(push: Push, tag: string, slowly: boolean): Promise<void> {
  const { actor } = push
  const bundle = actor.world.pool.bundle(numberOf(push), actor.random)
  for (const [at, child] of bundle.children.entries()) {
    await provideChild(push, child, slowly && at > 0)
  }
  const target = { reference: tag, manifest: bundle.index, type: ociIndex }
  noteChildren(push, bundle, await putManifest(push, target))
  if (bundle.referrer) {
    await provideAll(push, bundle.referrer.blobs, false)
    const { manifest } = bundle.referrer
    await putManifest(push, { reference: manifest.digest, manifest, type: ociImage })
  }
}

async function pushImage(push: Push, tag: string, slowly: boolean): Promise<void> {
  const { actor } = push
  const image = actor.world.pool.image(numberOf(push), actor.random)
  await provideAll(push, image.blobs, slowly)
  await putManifest(push, { reference: tag, manifest: image.manifest, type: ociImage })
}

/** One push, and a look whether it is there. */
export async function push(actor: Actor): Promise<void> {
  const { world, random } = actor
  const { repository, tag } = chooseTag(actor)
  const one: Push = { actor, repository, promises: createPromises(world.times) }
  const slowly = random.chance(quietRepositories.includes(repository) ? 0.6 : 0.02)
  if (slowly) world.tally.note('pushes slower than the grace')
  try {
    await (random.chance(0.15) ? pushBundle : pushImage)(one, tag, slowly)
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error
    world.tally.note('slow pushes that were refused')
    return
  } finally {
    world.tally.did('push')
  }
  if (random.chance(0.4)) await pullTag(actor, repository, tag)
}
