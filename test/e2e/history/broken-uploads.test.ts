import t, { type Test } from 'tap'
import { within } from '../../helpers/e2e/daemon.ts'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { check } from './checker.ts'
import { openConnection } from './connection.ts'
import { createDice, type Dice } from './dice.ts'
import { unfinishedUploads } from './disk.ts'
import { explain } from './explain.ts'
import { beginUpload, type UploadClient } from './upload-client.ts'
import {
  type UploadAnswer,
  type UploadRequest,
  type UploadWrite,
  uploadSpecification,
} from './upload-specification.ts'

const seeds = [1, 2, 3, 4]
const pushesPerSeed = 24
const atOnce = 6
/** Requests a client makes until it gives up, which would fail the test. */
const patience = 60
const repository = 'team/app'

const registry = await startRegistry(t)

/** A client that takes a new connection whenever one broke, at once, as Docker does. */
interface Pusher {
  readonly upload: UploadClient
  send(request: UploadRequest): Promise<UploadAnswer | undefined>
}

async function createPusher(): Promise<Pusher> {
  const upload = await beginUpload(registry.host, repository)
  return {
    upload,
    async send(request) {
      const connection = await openConnection(registry.host)
      const answer = await upload.send(connection, request)
      connection.close()
      return answer
    },
  }
}

/** Breaks one of two requests off, somewhere in the body. */
function maybeBroken(dice: Dice, request: UploadWrite): UploadRequest {
  return dice.hits(2) ? { ...request, sent: dice.roll(request.body.length + 1) } : request
}

function sizeIn({ last = 0 }: UploadAnswer): number {
  return last === 0 ? 0 : last + 1
}

/** Where to go on: told by the answer, else asked for, else as if nothing had been sent. */
async function goOnFrom(
  dice: Dice,
  { send }: Pusher,
  answer: UploadAnswer | undefined,
  before: number,
): Promise<number> {
  if (answer) return sizeIn(answer)
  if (dice.hits(3)) return before
  const look = await send({ kind: 'get' })
  return look ? sizeIn(look) : before
}

/** Ends the upload with the rest of the content, again and again until it is answered. */
async function finish(dice: Dice, pusher: Pusher, content: Buffer, start: number): Promise<void> {
  const body = content.subarray(start)
  const put = { kind: 'put', digest: sha256(content), body } as const
  for (let tries = 0; tries < patience; tries++) {
    if (await pusher.send(maybeBroken(dice, put))) return
  }
}

/** In chunks, going on where the last one broke off; the last one comes with the PUT. */
async function pushResuming(dice: Dice, content: Buffer): Promise<readonly UploadClient[]> {
  const pusher = await createPusher()
  const untilPut = content.length - dice.roll(1000)
  let start = 0
  for (let tries = 0; tries < patience && start < untilPut; tries++) {
    const end = Math.min(untilPut, start + 1 + dice.roll(60_000))
    const range = { start, end: end - 1 }
    const patch = { kind: 'patch', body: content.subarray(start, end), range } as const
    start = await goOnFrom(dice, pusher, await pusher.send(maybeBroken(dice, patch)), start)
  }
  await finish(dice, pusher, content, start)
  return [pusher.upload]
}

/** All in one PUT, from the beginning each time. */
async function pushWhole(dice: Dice, content: Buffer): Promise<readonly UploadClient[]> {
  const pusher = await createPusher()
  await finish(dice, pusher, content, 0)
  return [pusher.upload]
}

/** A stream that breaks off; then everything anew in another upload, and the old one is cancelled. */
async function pushAnew(dice: Dice, content: Buffer): Promise<readonly UploadClient[]> {
  const old = await createPusher()
  await old.send({ kind: 'patch', body: content, sent: dice.roll(content.length) })
  const pusher = await createPusher()
  await pusher.send({ kind: 'patch', body: content })
  await finish(dice, pusher, content, content.length)
  await old.send({ kind: 'delete' })
  return [pusher.upload, old.upload]
}

/** Pushes content and gives the number of requests that took. */
async function judge(t: Test, dice: Dice): Promise<number> {
  const content = dice.bytes(20_000 + dice.roll(180_000))
  const push = dice.pick([pushResuming, pushResuming, pushWhole, pushAnew])
  const histories = (await push(dice, content)).map((upload) => upload.history())
  for (const history of histories) {
    const verdict = check(history, uploadSpecification(history))
    t.equal(explain(verdict), '', 'the answers can be explained')
  }
  const [pushed = []] = histories
  const last = pushed.at(-1)?.answer?.status
  const lost = pushed.filter(({ answer }) => answer === undefined).length
  // 404: one that broke off had arrived whole and was carried out.
  t.ok(last === 201 || (last === 404 && lost > 0), `ended with ${last}`)
  const digest = sha256(content)
  const blob = await fetch(`${registry.url}/v2/${repository}/blobs/${digest}`)
  t.equal(blob.status, 200)
  t.equal(sha256(Buffer.from(await blob.arrayBuffer())), digest, 'the blob is right')
  return histories.flat().length
}

for (const seed of seeds) {
  t.test(`uploads that break off and are tried again at once, seed ${seed}`, async (t) => {
    let operations = 0
    for (let done = 0; done < pushesPerSeed; done += atOnce) {
      const dices = Array.from({ length: atOnce }, (_, index) =>
        createDice(seed * 1000 + done + index),
      )
      const counts = await Promise.all(dices.map((dice) => judge(t, dice)))
      operations += counts.reduce((sum, count) => sum + count)
    }
    t.comment(`${operations} operations`)
    const settled = await within(5000, async () => {
      const { files, rows } = await unfinishedUploads(registry.root)
      return files.length === 0 && rows.length === 0
    })
    t.ok(settled, 'no upload is left')
  })
}
