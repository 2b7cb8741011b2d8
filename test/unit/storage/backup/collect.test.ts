import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { digestOf } from '../../../../src/oci/digest.ts'
import { createCollection } from '../../../../storage/backup/collect.ts'
import { placesIn } from '../../../../storage/backup/places.ts'
import { createTally } from '../../../../storage/backup/progress.ts'
import { createTransfer } from '../../../../storage/backup/transfer.ts'
import { createDirectories } from '../../../../storage/blobs/filesystem/directories.ts'
import { makeKey } from '../../../../storage/blobs/filesystem/layout.ts'
import type { StorageKey } from '../../../../storage/blobs/store.ts'
import type { FrozenMetadata } from '../../../../storage/metadata/sqlite/frozen.ts'
import { newUploadId } from '../../../helpers/stores.ts'
import { newDirectory, objectsIn } from './world.ts'

const content = Buffer.from('layer')

function newKey(): StorageKey {
  return makeKey(digestOf(content), newUploadId())
}

/** A registry whose states are scripted: each `renew` moves to the next one, the last one stays. */
function start(t: Test, states: readonly (() => readonly StorageKey[])[]) {
  const directory = newDirectory(t)
  const [source, target] = ['data', 'backup'].map((name) => placesIn(join(directory, name)))
  if (!source || !target) throw new Error('two places')
  mkdirSync(target.incoming, { recursive: true })
  const object = (key: StorageKey) => join(source.blobs, key)
  let at = -1
  let named: readonly StorageKey[] = []
  const metadata: FrozenMetadata = {
    schema: 1,
    contents: () => ({ repositories: 0, tags: 0, manifests: 0, blobs: 1, bytes: content.length }),
    keys: () => named,
    blobs: (prefix) =>
      named
        .filter((key) => key.startsWith(prefix))
        .map((key, id) => ({ id, key, digest: digestOf(content), size: content.length })),
    copy: async () => undefined,
    renew() {
      at = Math.min(at + 1, states.length - 1)
      named = states[at]?.() ?? []
    },
    close: () => undefined,
  }
  const transfer = createTransfer({
    directories: createDirectories(),
    copy: false,
    incoming: target.incoming,
  })
  const tally = createTally(1)
  return {
    collection: createCollection({ source, target, copy: false, transfer, metadata, tally }),
    metadata,
    target,
    write(key: StorageKey) {
      mkdirSync(dirname(object(key)), { recursive: true })
      writeFileSync(object(key), content)
    },
    remove: (key: StorageKey) => rmSync(object(key)),
  }
}

t.test('what was replaced between two looks is found in the next state', async (t) => {
  const [first, second, third] = [newKey(), newKey(), newKey()]
  const rig = start(t, [
    () => {
      // The state names the second object; before anybody comes to link it, the third replaced it.
      rig.write(second)
      rig.remove(second)
      rig.write(third)
      return [second]
    },
    () => [third],
  ])
  rig.write(first)
  await rig.collection.gather()
  await rig.collection.complete()
  t.same(rig.metadata.keys(), [third], 'the metadata to copy is the state that was satisfied')
  t.same(await rig.collection.check(), [])
  t.same(await objectsIn(rig.target.root), [first, third].sort())
})

t.test('an object that goes after it was linked is still there', async (t) => {
  const key = newKey()
  const rig = start(t, [() => [key]])
  rig.write(key)
  await rig.collection.gather()
  rig.remove(key)
  await rig.collection.complete()
  t.same(await rig.collection.check(), [])
})

t.test('what every state names and no disk has is lost, and the end is reached', async (t) => {
  const [lost, there] = [newKey(), newKey()]
  const rig = start(t, [() => [lost, there]])
  rig.write(there)
  await rig.collection.gather()
  await rig.collection.complete()
  t.same(
    (await rig.collection.check()).map(({ key }) => key),
    [lost],
  )
})

t.test('a registry that never holds still is given up on', async (t) => {
  const rig = start(t, [() => [newKey()]])
  await rig.collection.gather()
  await t.rejects(rig.collection.complete(), { message: /changes faster than it can be copied/ })
})
