import { deserialize, serialize } from 'node:v8'
import t, { type Test } from 'tap'
import { splitMetadata } from '../../../storage/metadata/split/split.ts'
import { type MetadataWrite, performWrite } from '../../../storage/metadata/split/writes.ts'
import { openSqliteForReading } from '../../../storage/metadata/sqlite/open.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { app, manifest, tag } from './fixtures.ts'
import { openSqliteSubject, temporaryFile } from './sqlite-subject.ts'
import type { OpenSubject, SubjectOptions } from './subject.ts'
import { metadataStoreSuite } from './suite.ts'

/** What becomes of a value on its way to another process and back. */
function sent<T>(value: T): T {
  return deserialize(serialize(value)) as T
}

/**
 * A store beside the one that writes, in the same file, as another process has it: nothing is shared
 * but bytes. What would be written here rejects, as the connections are for reading alone.
 */
function split(
  t: Test,
  options: SubjectOptions & { readonly file: string },
  writer: MetadataStore,
): MetadataStore {
  const reader = openSqliteForReading(options)
  t.teardown(() => reader.close())
  const send = async (write: MetadataWrite) => sent(await performWrite(writer, sent(write)))
  const store = splitMetadata(reader, send)
  return {
    ...store,
    async close() {
      await store.close()
      await writer.close()
    },
  }
}

const openSplit: OpenSubject = async (t, options) => {
  const file = temporaryFile(t)
  const subject = await openSqliteSubject(t, { ...options, file })
  return {
    ...subject,
    store: split(t, { ...options, file }, subject.store),
    reopen: async () => split(t, { ...options, file }, await subject.reopen()),
  }
}

metadataStoreSuite('SQLite, written by another process', openSplit)

t.test('what another process writes is seen at once', async (t) => {
  const file = temporaryFile(t)
  const options = { now: Date.now, graceMs: 1, keepMs: 0, file }
  const { store: writer } = await openSqliteSubject(t, options)
  const store = split(t, options, writer)
  const v1 = tag('v1')
  for (let n = 0; n < 50; n++) {
    const pushed = manifest(`${n}`)
    // Read in the same turn of the event loop, before and after.
    const before = store.manifests.head(app, { tag: v1 })
    await store.manifests.put(app, pushed, [v1])
    const after = await store.manifests.head(app, { tag: v1 })
    t.not((await before)?.digest, pushed.digest)
    t.equal(after?.digest, pushed.digest)
  }
})

t.test('only writes are done for other processes', async (t) => {
  const { store } = await openSqliteSubject(t, { now: Date.now, graceMs: 1, keepMs: 0 })
  for (const [group, method] of [
    ['', 'close'],
    ['', 'snapshot'],
    ['blobs', 'find'],
    ['blobs', 'constructor'],
    ['constructor', 'call'],
    ['manifests', 'nothing'],
  ] as const) {
    await t.rejects(performWrite(store, { group, method, args: [] }), /is no write/)
  }
})
