import { setTimeout as delay } from 'node:timers/promises'
import type { Content } from '../helpers/push.ts'
import type { Reply } from './client.ts'
import type { Promises } from './promises.ts'
import { Refused } from './refused.ts'
import type { Actor } from './world.ts'

/** One push of one client to a repository. */
export interface Push {
  readonly actor: Actor
  readonly repository: string
  readonly promises: Promises
}

const octets = { 'content-type': 'application/octet-stream' }

/** @throws Refused */
export function expect(reply: Reply, wanted: readonly number[], what: string): Reply {
  if (wanted.includes(reply.status)) return reply
  throw new Refused(what, reply)
}

function closing(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`
}

async function begin({ actor, repository, promises }: Push): Promise<string> {
  const reply = await actor.client.send('POST', `/v2/${repository}/blobs/uploads/`)
  expect(reply, [202], 'the start of an upload')
  promises.move(reply.sent)
  return reply.headers.location ?? ''
}

async function finish(push: Push, location: string, content: Content, body?: Buffer) {
  const path = closing(location, content.digest)
  const wanted = body === undefined ? {} : { body, headers: octets }
  const reply = await push.actor.client.send('PUT', path, wanted)
  expect(reply, [201], 'the end of an upload')
  push.promises.hear(content.digest, reply.sent, 'uploaded')
  push.promises.move(reply.sent)
}

function split({ bytes }: Content, pieces: number): readonly Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / pieces))
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

/** All at once. */
async function inOneRequest(push: Push, { digest, bytes }: Content): Promise<void> {
  const { actor, repository, promises } = push
  const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`
  const reply = await actor.client.send('POST', path, { body: bytes, headers: octets })
  expect(reply, [201], 'an upload in one request')
  promises.hear(digest, reply.sent, 'uploaded')
  promises.move(reply.sent)
}

async function inTwoRequests(push: Push, content: Content): Promise<void> {
  await finish(push, await begin(push), content, content.bytes)
}

async function inChunks(push: Push, content: Content, pauses: readonly number[]): Promise<void> {
  let location = await begin(push)
  let at = 0
  for (const [turn, chunk] of split(content, pauses.length).entries()) {
    await delay(pauses[turn])
    const range = `${at}-${at + chunk.length - 1}`
    const reply = await push.actor.client.send('PATCH', location, {
      body: chunk,
      headers: { ...octets, 'content-range': range },
    })
    expect(reply, [202], 'a chunk')
    push.promises.move(reply.sent)
    location = reply.headers.location ?? location
    at += chunk.length
  }
  await finish(push, location, content)
}

/** One request whose body trickles. */
async function trickling(push: Push, content: Content, pauses: readonly number[]): Promise<void> {
  const { actor, promises } = push
  const location = await begin(push)
  const pieces = split(content, pauses.length).map((bytes, at) => ({
    bytes,
    pause: pauses[at] ?? 0,
  }))
  const timer = setInterval(() => promises.move(), actor.world.times.grace / 10)
  try {
    const reply = await actor.client.send('PATCH', location, { body: pieces, headers: octets })
    expect(reply, [202], 'a body in one stream')
    await finish(push, reply.headers.location ?? location, content)
  } finally {
    clearInterval(timer)
  }
}

/** Uploads content in one of the ways clients know. */
export async function upload(push: Push, content: Content): Promise<void> {
  const { random } = push.actor
  const way = random.pickWeighted([
    [inOneRequest, 55],
    [inTwoRequests, 30],
    [(...args: [Push, Content]) => inChunks(...args, [0, 0, 0]), 15],
  ] as const)
  await way(push, content)
}

/** The same, so that it takes longer than the grace, and moves all the time. */
export async function uploadSlowly(push: Push, content: Content): Promise<void> {
  const { world, random } = push.actor
  const { grace } = world.times
  const pauses = Array.from({ length: random.between(6, 10) }, () =>
    random.between(Math.round(grace * 0.15), Math.round(grace * 0.35)),
  )
  await (random.chance(0.6) ? inChunks : trickling)(push, content, pauses)
}

/** Asks whether a blob is there: then it may be counted on. */
async function isThere(push: Push, { digest, size }: Content): Promise<boolean> {
  const { actor, repository, promises } = push
  const reply = await actor.client.send('HEAD', `/v2/${repository}/blobs/${digest}`)
  expect(reply, [200, 404], 'a question for a blob')
  if (reply.status === 404) return false
  if (reply.headers['content-length'] !== String(size)) throw new Refused('the length', reply)
  promises.hear(digest, reply.sent, 'asked for')
  return true
}

/** From another repository, or from any; uploads it where that can't be. */
async function mount(push: Push, content: Content): Promise<void> {
  const { actor, repository, promises } = push
  const { client, random, world } = actor
  const from = random.chance(0.5) ? `&from=${random.pick(world.repositories)}` : ''
  const path = `/v2/${repository}/blobs/uploads/?mount=${content.digest}${from}`
  const reply = expect(await client.send('POST', path), [201, 202], 'a mount')
  promises.move(reply.sent)
  if (reply.status === 201) promises.hear(content.digest, reply.sent, 'mounted')
  else await finish(push, reply.headers.location ?? '', content, content.bytes)
}

/**
 * Sees to it that a blob is in the repository: asks first, mounts where it may be, uploads what is
 * missing.
 */
export async function provide(push: Push, content: Content, slowly: boolean): Promise<void> {
  const { random } = push.actor
  if (random.chance(0.95) && (await isThere(push, content))) return
  if (slowly) return uploadSlowly(push, content)
  await (random.chance(0.2) ? mount : upload)(push, content)
}
