import { blobCell, here, manifestCell, readCell, tagCell } from './cells.ts'
import { look, type Sight } from './look.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

export interface VerifyOptions {
  /** Looks at everything, not only at what was touched since the last time and some of the rest. */
  readonly complete: boolean
  /** For the choice of the rest. */
  readonly random: Random
}

/** Cells untouched since the last time that are looked at all the same. */
const sample = 100
const atOnce = 16

/** Runs `use` on each item, a few at the same time. */
async function forEach<Item>(items: readonly Item[], use: (item: Item) => Promise<void>) {
  const queue = items.values()
  const work = async () => {
    for (const item of queue) await use(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

type Look = (cell: string) => Promise<Sight>

/** Each cell is fetched once, however many manifests name it. */
function createLook(world: World): Look {
  const seen = new Map<string, Promise<Sight>>()
  return (cell) => {
    const found = seen.get(cell) ?? look(world, cell)
    seen.set(cell, found)
    return found
  }
}

function chooseCells({ model }: World, { complete, random }: VerifyOptions): readonly string[] {
  if (complete) return model.cells()
  const all = model.cells()
  const some = Array.from({ length: Math.min(sample, all.length) }, () => random.pick(all))
  return [...new Set([...model.cells('touched'), ...some])]
}

async function checkState(world: World, cell: string, see: Look): Promise<void> {
  const { model, options } = world
  const { state, status, body } = await see(cell)
  if (state === undefined) {
    world.fail('stuck', `${cell} was answered ${status} ${body.toString('utf8', 0, 200)}`)
    return
  }
  const expected = [...model.legal(cell)]
  const mayVanish = options.uploadsSurvive === false && readCell(cell).noun === 'upload'
  const legal = model.observe(cell, state) || (mayVanish && state === null)
  if (!legal) world.fail('lost', `${cell} is ${state} instead of ${expected.join(' or ')}`)
}

interface Named {
  readonly digest: string
}

interface Document {
  readonly config?: Named
  readonly layers?: readonly Named[]
  readonly manifests?: readonly Named[]
}

/** Cells of what a manifest names. */
function namedIn(repository: string, body: Buffer): readonly string[] {
  const { config, layers = [], manifests = [] } = JSON.parse(body.toString()) as Document
  return [
    ...[...(config ? [config] : []), ...layers].map(({ digest }) => blobCell(repository, digest)),
    ...manifests.map(({ digest }) => manifestCell(repository, digest)),
  ]
}

/** What can be pulled by tag or digest can be pulled to its end. */
async function checkPull(world: World, cell: string, see: Look): Promise<void> {
  const { noun, repository } = readCell(cell)
  if (noun !== 'tag' && noun !== 'manifest') return
  const { state, body } = await see(cell)
  if (state === null || state === undefined) return
  for (const part of namedIn(repository, body)) {
    const { state, status } = await see(part)
    if (state === here) continue
    world.fail('dangling', `${cell} names ${part}, which was answered ${status}`)
  }
}

/** A list shows the tags that are there, and no other. */
async function checkTags(world: World, repository: string): Promise<void> {
  const { model, http } = world
  const answer = await http.send('GET', `/v2/${repository}/tags/list`)
  const { tags = [] } = JSON.parse(answer.body.toString()) as { tags?: readonly string[] }
  const listed = new Set(tags.map((tag) => tagCell(repository, tag)))
  for (const cell of listed) {
    if (model.known(cell) === null) world.fail('corrupt', `${cell} is listed and is not there`)
  }
  for (const cell of model.cells()) {
    const { noun, repository: home } = readCell(cell)
    if (noun !== 'tag' || home !== repository || listed.has(cell)) continue
    if (!model.legal(cell).has(null)) world.fail('lost', `${cell} is not listed`)
  }
}

/**
 * Compares what a running registry shows with what the model allows; nothing may be under way. From
 * then on the model knows each state that was seen.
 * @throws Broken, Silent
 */
export async function verify(world: World, options: VerifyOptions): Promise<void> {
  const { model } = world
  const see = createLook(world)
  const cells = chooseCells(world, options)
  await forEach(cells, (cell) => checkState(world, cell, see))
  await forEach(cells, (cell) => checkPull(world, cell, see))
  for (const { done, undone } of model.torn()) {
    world.fail('corrupt', `done by half: ${done} changed, ${undone} did not`)
  }
  const repositories = new Set(cells.map((cell) => readCell(cell).repository))
  await forEach([...repositories], (repository) => checkTags(world, repository))
  model.settle()
}
