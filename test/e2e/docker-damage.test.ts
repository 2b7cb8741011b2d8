import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { flipBit } from '../helpers/damage.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { importBase } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(300_000)

const registry = await startRegistry(t)
const { docker } = await startDocker(t)
const directory = await temporaryDirectory(t)
await importBase(docker, directory)
const image = `${registry.host}/team/app:1`
await docker('tag', 'base:1', image)
const kept = join(directory, 'kept.tar')
await docker('save', '--output', kept, image)
await docker('image', 'rm', 'base:1')

/** The files of all blobs, the largest first: the layer of an image. */
function objects(): readonly string[] {
  const folder = join(registry.root, 'blobs')
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => statSync(b).size - statSync(a).size)
}

function digestIn(output: string): string | undefined {
  return /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1]
}

const damages: Readonly<Record<string, (path: string) => void>> = {
  'turns a bit over': (path) => flipBit(path, 4 * statSync(path).size),
  loses: (path) => rmSync(path),
}

for (const [what, damage] of Object.entries(damages)) {
  await t.test(`docker never gets a layer the disk ${what}, and pushing heals it`, async (t) => {
    const digest = digestIn(await docker('push', image))
    t.ok(digest)
    const again = await docker('push', image)
    t.match(again, /Layer already exists/)
    damage(objects()[0] as string)

    await docker('image', 'rm', image)
    await docker('system', 'prune', '--force')
    await t.rejects(docker('pull', image), 'a pull fails')
    await docker('load', '--input', kept)
    const healing = await docker('push', image)
    t.notMatch(healing, /Layer already exists/, 'the layer is sent again')
    t.equal(digestIn(healing), digest, 'and is the same')

    await docker('image', 'rm', image)
    await docker('pull', image)
  })
}
