import { digestOf } from '../../src/oci/digest.ts'
import { dockerImage, dockerList, ociImage, ociIndex } from '../../src/oci/media-types.ts'
import type { Reply } from './client.ts'
import { describe } from './refused.ts'
import type { Actor } from './world.ts'

interface Descriptor {
  readonly digest: string
  readonly size: number
}

interface Manifest {
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
}

const accept = [ociImage, ociIndex, dockerImage, dockerList].join(', ')

/** What is pulled, and through what. */
interface Pull {
  readonly actor: Actor
  readonly repository: string
  /** For whoever reads about a failure. */
  readonly of: string
}

function fail({ actor, repository, of }: Pull, kind: string, what: string): void {
  actor.world.tally.fail(kind, `${repository}:${of}: ${what}`)
}

function checkBytes(pull: Pull, reply: Reply, { digest, size }: Descriptor): void {
  if (reply.body.length !== size || digestOf(reply.body) !== digest) {
    fail(pull, 'wrong bytes', `${digest} of ${size} bytes came as ${reply.body.length} bytes`)
  }
}

/** Something that a manifest names was not there; the manifest was asked for at `since`. */
function judgeMissing(pull: Pull, noun: string, reply: Reply, since: number): void {
  const { tally, times } = pull.actor.world
  const late = reply.answered - since
  const words = `${noun} ${late} ms after its manifest: ${describe(reply)}`
  if (reply.status !== 404 || late < times.grace) fail(pull, 'broken pull', words)
  else tally.note('slow pulls that broke')
}

async function pullBlob(pull: Pull, blob: Descriptor, since: number): Promise<void> {
  const { actor, repository } = pull
  const reply = await actor.client.send('GET', `/v2/${repository}/blobs/${blob.digest}`)
  if (reply.status === 200) checkBytes(pull, reply, blob)
  else judgeMissing(pull, `blob ${blob.digest}`, reply, since)
}

async function pullChild(pull: Pull, child: Descriptor, since: number): Promise<void> {
  const { actor, repository } = pull
  const path = `/v2/${repository}/manifests/${child.digest}`
  const reply = await actor.client.send('GET', path, { headers: { accept } })
  if (reply.status === 200) {
    checkBytes(pull, reply, child)
    await pullManifest(pull, reply)
    return
  }
  // What went with something else went after the index was seen, or that is broken now.
  const { manifests } = actor.world
  const gone = manifests
    .emptiedBy(repository, child.digest, reply)
    .some(({ asked, answered }) => asked || answered >= since)
  if (reply.status === 404 && gone) actor.world.tally.note('pulls whose parts were deleted')
  else judgeMissing(pull, `manifest ${child.digest}`, reply, since)
}

/** Everything a manifest names. */
async function pullManifest(pull: Pull, reply: Reply): Promise<void> {
  const { config, layers = [], manifests = [] } = JSON.parse(reply.body.toString()) as Manifest
  const blobs = config === undefined ? layers : [config, ...layers]
  await Promise.all(blobs.map((blob) => pullBlob(pull, blob, reply.sent)))
  for (const child of manifests) await pullChild(pull, child, reply.sent)
}

/** A manifest by its tag. `undefined` if there is none; that it may be so is checked. */
async function resolve(actor: Actor, repository: string, tag: string): Promise<Reply | undefined> {
  const path = `/v2/${repository}/manifests/${tag}`
  const reply = await actor.client.send('GET', path, { headers: { accept } })
  const found = reply.status === 200 ? String(reply.headers['docker-content-digest']) : null
  const pull = { actor, repository, of: tag }
  if (found === null && reply.status !== 404) {
    fail(pull, 'broken pull', describe(reply))
  } else if (!actor.world.tags.allows(repository, tag, found, reply)) {
    fail(pull, 'wrong tag', `points at ${found}, which nobody asked for`)
  }
  if (found === null) return undefined
  checkBytes(pull, reply, { digest: found, size: reply.body.length })
  return reply
}

/** Pulls all that a tag points at; gives its digest. */
export async function pullTag(
  actor: Actor,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  actor.world.tally.did('pull')
  const reply = await resolve(actor, repository, tag)
  if (reply === undefined) return undefined
  const digest = String(reply.headers['docker-content-digest'])
  await pullManifest({ actor, repository, of: `${tag} (${digest})` }, reply)
  await pullReferrers(actor, repository, digest, reply)
  return digest
}

/** What refers to an index; it is there as long as that is. */
async function pullReferrers(actor: Actor, repository: string, subject: string, from: Reply) {
  if (actor.world.pool.childrenOf(subject).length === 0) return
  const pull = { actor, repository, of: `referrers of ${subject}` }
  const reply = await actor.client.send('GET', `/v2/${repository}/referrers/${subject}`)
  if (reply.status !== 200) return fail(pull, 'broken pull', describe(reply))
  const { manifests = [] } = JSON.parse(reply.body.toString()) as Manifest
  for (const one of manifests) await pullChild(pull, one, Math.min(from.sent, reply.sent))
}
