import t from 'tap'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'
import { type Connection, openConnection } from './connection.ts'
import { createContentClient } from './content-client.ts'
import { createDice } from './dice.ts'
import { imageNaming } from './image.ts'
import type { Operation } from './operation.ts'
import { type Access, findContradiction } from './register.ts'
import type { RepositoryAnswer, RepositoryRequest } from './repository-specification.ts'
import type { TagRequest } from './tag-specification.ts'

const seeds = [1, 2, 3, 4, 5]
const pushers = 50
const readers = 6
const tag = 'latest'

const registry = await startRegistry(t)

function openMany(count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(registry.host)))
}

function about(request: TagRequest): RepositoryRequest {
  return { noun: 'manifest', request }
}

type Step = Operation<RepositoryRequest, RepositoryAnswer>

/** What a step says about where the tag points; before the first push it points nowhere. */
function accessesOf({ request, answer, start, end }: Step): readonly Access[] {
  if (request.noun !== 'manifest') return []
  const { request: wish } = request
  if (wish.kind === 'put') return [{ kind: 'write', value: wish.digest, start, end }]
  if (wish.kind !== 'resolve') return []
  const value = answer?.status === 404 ? 'nothing' : digestOf(answer)
  return [{ kind: 'read', value, start, end }]
}

function digestOf(answer: Step['answer']): string {
  return answer && 'digest' in answer && answer.digest ? answer.digest : 'no digest'
}

/** Answers to the questions asked when all was quiet that are not what they must be. */
function wrongAnswers(history: readonly Step[]): readonly Step[] {
  return history.filter(({ request, answer }) => {
    if (request.noun !== 'manifest') return false
    const { request: wish } = request
    if (wish.kind === 'fetch') return digestOf(answer) !== wish.digest
    return wish.kind === 'list' && !(answer && 'tags' in answer && String(answer.tags) === tag)
  })
}

const nothing: Access = { kind: 'write', value: 'nothing', start: 0, end: 0 }

for (const seed of seeds) {
  t.test(`fifty clients push to one tag at once, seed ${seed}`, async (t) => {
    const repository = `team/app${seed}`
    const config = createDice(seed).bytes(100)
    const needs = [sha256(config)]
    const images = Array.from({ length: pushers }, (_, index) => imageNaming([config], index))
    const contents = new Map([config, ...images].map((bytes) => [sha256(bytes), bytes]))
    const client = createContentClient({ repository, contents })
    const [first, ...others] = (await openMany(1 + pushers + readers)) as [
      Connection,
      ...Connection[],
    ]
    await client.send(first, {
      noun: 'blob',
      request: { kind: 'push', repository, digest: sha256(config) },
    })

    let pushing = true
    const reads = others.slice(pushers).map(async (connection) => {
      while (pushing) await client.send(connection, about({ kind: 'resolve', tag }))
    })
    const pushes = images.map(async (image, index) => {
      const put = about({ kind: 'put', digest: sha256(image), tag, needs })
      return (await client.send(others[index] as Connection, put))?.status
    })
    const statuses = await Promise.all(pushes)
    pushing = false
    await Promise.all(reads)
    const last = await client.send(first, about({ kind: 'resolve', tag }))
    for (const image of images) {
      await client.send(first, about({ kind: 'fetch', digest: sha256(image) }))
    }
    await client.send(first, about({ kind: 'list' }))
    for (const connection of [first, ...others]) connection.close()

    t.ok(statuses.every((status) => status === 201))
    t.ok(images.some((image) => sha256(image) === last?.digest))
    const history = client.history()
    t.comment(`${history.length} operations`)
    t.equal(
      findContradiction([nothing, ...history.flatMap(accessesOf)]),
      undefined,
      'one tag, one value at a time',
    )
    t.same(wrongAnswers(history), [], 'each is there by digest, and the tag in the list')
  })
}
