import { setTimeout as delay } from 'node:timers/promises'
import { Broken, Silent } from '../http.ts'
import type { Server } from '../server.ts'
import type { World } from '../world.ts'
import { Refused, type Writer } from './act.ts'
import { deleteBlob, leaveNewUpload, mountFromAnybody, pushLooseBlob } from './blobs.ts'
import { copyImage, deleteManifest, deleteTag, pushImage, pushIndex, retag } from './images.ts'
import { writerName } from './names.ts'
import { pullCommonLayer, pullImage, pullTag } from './reads.ts'
import { cancelUpload, resumeUpload } from './uploads.ts'

type Deed = (writer: Writer) => Promise<void>

/** Takes an upload that was left, for good. */
async function endSomeUpload(
  { shelf, random }: Writer,
  end: (upload: Writer['shelf']['uploads'][number]) => Promise<unknown>,
): Promise<void> {
  if (shelf.uploads.length === 0) return
  const upload = random.pick(shelf.uploads)
  shelf.uploads = shelf.uploads.filter((other) => other !== upload)
  await end(upload)
}

async function resumeSome(writer: Writer): Promise<void> {
  await endSomeUpload(writer, (upload) => resumeUpload(writer.world, upload))
}

/** What a writer does, and how often among a hundred deeds. */
const deeds: readonly (readonly [Deed, number])[] = [
  [pushImage, 22],
  [retag, 10],
  [copyImage, 7],
  [pushIndex, 4],
  [pushLooseBlob, 9],
  [mountFromAnybody, 6],
  [leaveNewUpload, 5],
  [resumeSome, 3],
  [(writer) => endSomeUpload(writer, (upload) => cancelUpload(writer, upload)), 2],
  [deleteTag, 6],
  [deleteManifest, 8],
  [deleteBlob, 6],
  [pullImage, 6],
  [pullTag, 3],
  [pullCommonLayer, 3],
]

type LiveServer = Pick<Server, 'alive' | 'exited'>

/** Connections break when the server ends, which is heard of a moment later. */
async function outlives(server: LiveServer): Promise<boolean> {
  await Promise.race([server.exited, delay(1000, undefined, { ref: false })])
  return server.alive()
}

/** True if the writer can go on. */
async function survives(writer: Writer, deed: Deed, server: LiveServer): Promise<boolean> {
  const { world } = writer
  try {
    await deed(writer)
    return true
  } catch (error) {
    if (error instanceof Refused) return true
    if (!(error instanceof Broken || error instanceof Silent)) throw error
    if (!(await outlives(server))) return false
    const expected = world.options.errorsExpected ?? []
    const explained = expected.length > 0 && error instanceof Broken
    if (!explained) world.fail('stuck', error.message)
    return true
  }
}

export interface LoadOptions {
  /** Milliseconds. */
  readonly duration: number
  readonly server: LiveServer
  /** Makes one load differ from the next. */
  readonly label: string
}

/**
 * Lets all writers work for a while, or until the server is gone. A connection that breaks while
 * the server lives is a failure.
 */
export async function runLoad(world: World, options: LoadOptions): Promise<void> {
  const { duration, server, label } = options
  const end = performance.now() + duration
  const work = async (index: number): Promise<void> => {
    const shelf = world.shelves[index]
    if (shelf === undefined) throw new Error(`there is no writer ${index}`)
    const random = world.random.fork(`${label} ${index}`)
    const writer: Writer = { world, shelf, random, name: writerName(index) }
    while (performance.now() < end && server.alive()) {
      if (!(await survives(writer, random.pickWeighted(deeds), server))) return
    }
  }
  await Promise.all(world.shelves.map((_, index) => work(index)))
}
