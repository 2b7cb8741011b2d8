import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { app, digest, manifest, push, required, tag } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

/** Apart from the subject's: a test has one `testdir`. */
function newDirectory(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'layerhouse-snapshot-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  return path
}

export function snapshotCases(t: Test, open: OpenSubject): void {
  t.test('a snapshot is one file that a store opens, with everything in it', async (t) => {
    const { store, openCopy } = await start(t, open)
    await push(store, app, 'config', 'layer')
    const image = manifest('m', { blobs: required('config', 'layer') })
    await store.manifests.put(app, image, [tag('v1')])
    const directory = newDirectory(t)
    const file = join(directory, 'copy')
    await store.snapshot(file)
    t.strictSame(readdirSync(directory), ['copy'], 'and nothing beside it')

    await store.manifests.put(app, manifest('later'), [tag('v2')])
    const copy = await openCopy(file)
    t.strictSame((await copy.manifests.find(app, { tag: tag('v1') }))?.body, image.body)
    t.strictSame(
      await copy.blobs.find(app, digest('layer')),
      await store.blobs.find(app, digest('layer')),
    )
    t.strictSame(await copy.tags.list(app, { limit: 9 }), ['v1'], 'nothing came in later')
  })

  t.test('a snapshot while others write is the state of one moment', async (t) => {
    const { store, openCopy } = await start(t, open)
    // Two tags that always move together, and enough behind them for the copy to take steps.
    const pair = ['a', 'b'].map(tag)
    const filler = 'x'.repeat(100_000)
    for (let i = 0; i < 40; i++) await store.manifests.put(app, manifest(`${filler}${i}`), [])
    await store.manifests.put(app, manifest('move 0'), pair)
    const file = join(newDirectory(t), 'copy')
    let done = false
    const copying = store.snapshot(file)
    const end = () => {
      done = true
    }
    copying.then(end, end)
    let moves = 0
    while (!done) {
      await store.manifests.put(app, manifest(`move ${++moves}`), pair)
      await new Promise(setImmediate)
    }
    await copying
    t.ok(moves > 2, `${moves} writes meanwhile`)
    const copy = await openCopy(file)
    const [a, b] = await Promise.all(pair.map((name) => copy.manifests.head(app, { tag: name })))
    t.ok(a)
    t.equal(a?.digest, b?.digest)
    const held = await copy.manifests.find(app, { tag: tag('a') })
    const number = Number(held?.body.toString().split(' ')[1])
    for (let i = 0; i <= moves; i++) {
      const there = (await copy.manifests.head(app, { digest: digest(`move ${i}`) })) !== undefined
      t.equal(there, i <= number, `move ${i} of ${number}`)
    }
  })

  t.test('a snapshot does not write over a file', async (t) => {
    const { store } = await start(t, open)
    const file = join(newDirectory(t), 'copy')
    writeFileSync(file, 'precious')
    await t.rejects(store.snapshot(file))
    t.equal(readFileSync(file, 'utf8'), 'precious')
  })

  t.test('a snapshot tells how far it is, and is given up by an error', async (t) => {
    const { store } = await start(t, open)
    await store.manifests.put(app, manifest('x'.repeat(2_000_000)), [])
    const directory = newDirectory(t)
    const file = join(directory, 'copy')
    const seen: number[] = []
    await t.rejects(
      store.snapshot(file, ({ copied, total }) => {
        seen.push(copied)
        t.ok(copied <= total && total > 2_000_000)
        throw new Error('enough')
      }),
      { message: 'enough' },
    )
    t.ok(seen.length > 0)
    t.strictSame(readdirSync(directory), [], 'nothing is left of it')
    await t.resolves(store.snapshot(file), 'and another one can be made')
  })

  t.test('closing gives a snapshot up, and there is none of a closed store', async (t) => {
    const { store } = await start(t, open)
    await store.manifests.put(app, manifest('x'.repeat(2_000_000)), [])
    const directory = newDirectory(t)
    const outcome = store.snapshot(join(directory, 'a')).then(
      () => 'made',
      () => 'given up',
    )
    await store.close()
    const files = (await outcome) === 'made' ? ['a'] : []
    t.strictSame(readdirSync(directory), files, 'whole or not there')
    await t.rejects(store.snapshot(join(directory, 'b')))
    t.strictSame(readdirSync(directory), files)
  })

  t.test('a place that can not be written is an error', async (t) => {
    const { store } = await start(t, open)
    await t.rejects(store.snapshot(join(newDirectory(t), 'no', 'such', 'directory')))
    await t.resolves(store.probe(), 'and the store works on')
  })
}
