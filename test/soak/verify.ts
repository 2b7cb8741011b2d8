import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '../faults/random.ts'
import { layerhouse } from '../helpers/e2e/cli.ts'
import { within } from '../helpers/e2e/daemon.ts'
import type { Client } from './client.ts'
import { inspectDisk } from './disk.ts'
import type { Observer } from './observer.ts'
import { pullTag } from './pull.ts'
import type { Registry } from './registry.ts'
import type { World } from './world.ts'

/** A check at the end, in words, and what it found; nothing is good. */
export interface Check {
  readonly title: string
  readonly problems: readonly string[]
}

export interface Scene {
  readonly world: World
  readonly registry: Registry
  readonly observer: Observer
  readonly client: Client
}

/** Milliseconds until everything that waits has been collected, on a machine with other work. */
function patienceFor({ grace, keep }: World['times']): number {
  return 2 * keep + 8 * grace + 60_000
}

async function tagsOf({ client }: Scene, repository: string): Promise<readonly string[]> {
  const reply = await client.send('GET', `/v2/${repository}/tags/list`)
  if (reply.status === 404) return []
  const { tags } = JSON.parse(reply.body.toString()) as { readonly tags: readonly string[] | null }
  return tags ?? []
}

/** All that is left comes whole, and nothing is missing that nobody deleted. */
async function pullEverything(scene: Scene): Promise<Check> {
  const { world, client } = scene
  const { tally } = world
  const before = tally.failures().length
  const actor = { world, client, random: createRandom(0) }
  let pulled = 0
  for (const repository of world.repositories) {
    const listed = await tagsOf(scene, repository)
    for (const tag of new Set([...listed, ...world.tags.cells(repository)])) {
      const digest = await pullTag(actor, repository, tag)
      if ((digest !== undefined) !== listed.includes(tag)) {
        tally.fail('wrong tag', `${repository}:${tag} is ${digest}, but the list differs`)
      }
      if (digest !== undefined) pulled += 1
    }
  }
  return {
    title: `each of ${pulled} tags that are left is pulled whole`,
    problems: tally
      .failures()
      .slice(before)
      .map(({ what }) => what),
  }
}

async function waitForQuiet({ world, registry, observer }: Scene): Promise<Check> {
  const limit = patienceFor(world.times)
  const problems: string[] = []
  const uploads = () => readdir(join(registry.root, 'uploads')).then((files) => files.length === 0)
  if (!(await within(limit, uploads))) problems.push('uploads are left')
  if (!(await observer.quiet(limit))) {
    problems.push(`a dry run says ${JSON.stringify(await observer.preview()).slice(0, 500)}`)
  }
  return { title: 'a dry run finds nothing left to collect', problems }
}

async function checkCommand({ registry }: Scene): Promise<Check> {
  const { code, stdout, stderr } = await layerhouse('check', '--quiet', '--root', registry.root)
  const words = `${stdout}${stderr}`.trim().split('\n').slice(-10).join('\n')
  return { title: 'layerhouse check finds nothing', problems: code === 0 ? [] : [words] }
}

async function checkDisk({ registry }: Scene, when: string): Promise<Check> {
  const { files, bytes, problems } = await inspectDisk(registry.root)
  return { title: `${when} the ${files} files (${bytes} bytes) are those of the rows`, problems }
}

async function purgeEverything({ world, client }: Scene): Promise<Check> {
  const problems: string[] = []
  for (const repository of world.repositories) {
    const reply = await client.send('DELETE', `/api/v1/repo?repo=${repository}&purge=true`)
    if (![200, 404].includes(reply.status)) problems.push(`${reply.status} ${reply.body}`)
  }
  return { title: 'all repositories can be purged', problems }
}

async function checkEmpty({ registry }: Scene): Promise<Check> {
  const { files, problems } = await inspectDisk(registry.root)
  const left = files > 0 ? [`${files} files`, ...problems] : problems
  return { title: 'no file is left when everything was purged', problems: left }
}

/** What has to hold when the load is over; the registry runs before, and not afterwards. */
export async function verifyEnd(scene: Scene): Promise<readonly Check[]> {
  const { registry, world } = scene
  const quiet = await waitForQuiet(scene)
  const pulled = await pullEverything(scene)
  await registry.stop()
  const found = [quiet, pulled, await checkDisk(scene, 'then'), await checkCommand(scene)]
  await registry.start()
  const purged = await purgeEverything(scene)
  const quietAgain = await waitForQuiet(scene)
  await registry.stop()
  const errors = registry.complaints().slice(0, 20)
  return [
    ...found,
    purged,
    quietAgain,
    await checkEmpty(scene),
    { title: 'the registry logged no error', problems: errors },
    {
      title: 'no push failed, no pull was broken, all was kept as promised',
      problems: [...world.tally.failuresByKind()].map(([kind, times]) => `${times}: ${kind}`),
    },
  ]
}
