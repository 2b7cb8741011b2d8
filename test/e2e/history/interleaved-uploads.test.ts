import t, { type Test } from 'tap'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { check } from './checker.ts'
import { type Connection, openConnection } from './connection.ts'
import { createDice, type Dice } from './dice.ts'
import { unfinishedUploads } from './disk.ts'
import { explain } from './explain.ts'
import type { History } from './operation.ts'
import { beginUpload, type UploadClient } from './upload-client.ts'
import { planUpload, type UploadPlan } from './upload-plan.ts'
import {
  type UploadAnswer,
  type UploadRequest,
  uploadSpecification,
} from './upload-specification.ts'

const seeds = [1, 2, 3, 4, 5]
const uploadsPerSeed = 40

const registry = await startRegistry(t)
const repository = 'team/app'

async function carryOut(upload: UploadClient, { pipelined, stepwise }: UploadPlan): Promise<void> {
  const open = () => openConnection(registry.host)
  const connections: Connection[] = []
  for (let count = pipelined.length + stepwise.length; count > 0; count--) {
    connections.push(await open())
  }
  const runs = pipelined.map(async (requests) => {
    const connection = connections.pop() as Connection
    const answers: Promise<unknown>[] = []
    connection.together(() => {
      for (const request of requests) answers.push(upload.send(connection, request))
    })
    await Promise.all(answers)
    connection.close()
  })
  const walks = stepwise.map(async (requests) => {
    const connection = connections.pop() as Connection
    for (const request of requests) await upload.send(connection, request)
    connection.close()
  })
  await Promise.all([...runs, ...walks])
}

/** What acknowledged chunks make of the upload: each answer tells where its chunk ends. */
function acknowledged(history: History<UploadRequest, UploadAnswer>): Buffer {
  const chunks = history.flatMap(({ request, answer }) =>
    request.kind === 'patch' && answer?.status === 202 ? [{ body: request.body, ...answer }] : [],
  )
  return Buffer.concat(
    chunks.toSorted((a, b) => (a.last ?? 0) - (b.last ?? 0)).map(({ body }) => body),
  )
}

/** Asks how far it is; unless it is to stay open, ends it with what was acknowledged. */
async function close(upload: UploadClient, stays: boolean): Promise<boolean> {
  const connection = await openConnection(registry.host)
  const { status } = (await upload.send(connection, { kind: 'get' })) ?? {}
  if (status === 204 && !stays) {
    const digest = sha256(acknowledged(upload.history()))
    await upload.send(connection, { kind: 'put', digest, body: Buffer.alloc(0) })
  }
  connection.close()
  return status === 204 && stays
}

/** Digests of those PUTs that were acknowledged and whose blob does not come back right. */
async function wrongBlobs(history: History<UploadRequest, UploadAnswer>): Promise<string[]> {
  const wrong: string[] = []
  for (const { request, answer } of history) {
    if (request.kind !== 'put' || answer?.status !== 201) continue
    const blob = await fetch(`${registry.url}/v2/${repository}/blobs/${request.digest}`)
    if (sha256(Buffer.from(await blob.arrayBuffer())) !== request.digest) wrong.push(request.digest)
  }
  return wrong
}

interface Judged {
  readonly operations: number
  /** The upload, if it was left open. */
  readonly open: readonly string[]
}

async function judge(t: Test, dice: Dice, longest: number): Promise<Judged> {
  const upload = await beginUpload(registry.host, repository)
  await carryOut(upload, planUpload(dice, longest))
  const isOpen = await close(upload, dice.hits(4))
  const history = upload.history()
  const lost = history.filter(({ answer }) => answer === undefined)
  t.equal(lost.length, 0, 'every request was answered')
  const verdict = check(history, uploadSpecification(history))
  t.equal(explain(verdict), '', 'the answers can be explained')
  t.strictSame(await wrongBlobs(history), [], 'what was acknowledged comes back')
  return { operations: history.length, open: isOpen ? [upload.id] : [] }
}

/** Ids of uploads that were left open. */
const open: string[] = []

for (const seed of seeds) {
  t.test(`uploads that several clients write to at once, seed ${seed}`, async (t) => {
    const dice = createDice(seed)
    let operations = 0
    for (let round = 0; round < uploadsPerSeed; round++) {
      const judged = await judge(t, dice, round % 4 === 0 ? 4000 : 6)
      operations += judged.operations
      open.push(...judged.open)
    }
    t.comment(`${operations} operations`)
    const { files, rows } = await unfinishedUploads(registry.root)
    t.strictSame(files, open.sort(), 'the files of open uploads are there, and no others')
    t.strictSame(rows, open, 'so are the rows')
  })
}
