import { blobCell, manifestCell, tagCell } from '../cells.ts'
import { look } from '../look.ts'
import { judge, type Writer } from './act.ts'
import { commonPieces } from './blobs.ts'
import { repositories, tagsOf, writerName } from './names.ts'

/** Looks at a cell while others write; what is known and did not move meanwhile must be so. */
async function glance({ world }: Writer, cell: string): Promise<void> {
  const { model } = world
  const version = model.version(cell)
  const expected = model.legal(cell)
  const { state, status, body } = await look(world, cell)
  if (state === undefined) {
    if (status !== 200) judge(world, `GET of ${cell}`, { status, body, headers: {}, whole: true })
    return
  }
  if (model.version(cell) !== version || expected.has(state) || model.legal(cell).has(state)) return
  world.fail('lost', `${cell} was ${state} instead of ${[...expected].join(' or ')}`)
}

/** Pulls an image of anybody, who may just be deleting it. */
export async function pullImage(writer: Writer): Promise<void> {
  const { world, random } = writer
  const { images } = random.pick(world.shelves)
  if (images.length === 0) return
  const { repository, digest, parts, type } = random.pick(images)
  await glance(writer, manifestCell(repository, digest))
  const cellOf = type.includes('index') ? manifestCell : blobCell
  for (const part of parts) await glance(writer, cellOf(repository, part.digest))
}

export async function pullTag(writer: Writer): Promise<void> {
  const { world, random } = writer
  const owner = writerName(random.between(0, world.shelves.length - 1))
  await glance(writer, tagCell(random.pick(repositories), random.pick(tagsOf(owner))))
}

export async function pullCommonLayer(writer: Writer): Promise<void> {
  const { random } = writer
  await glance(writer, blobCell(random.pick(repositories), random.pick(commonPieces).digest))
}
