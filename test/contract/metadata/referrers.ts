import type { Test } from 'tap'
import { type Digest, digestOf } from '../../../src/oci/digest.ts'
import { ociIndex } from '../../../src/oci/media-types.ts'
import type { MetadataStore, NewManifest } from '../../../storage/metadata/store.ts'
import { app, digest, manifest, name, other, sorted } from './fixtures.ts'
import { type OpenSubject, start } from './subject.ts'

const subject = digest('subject')

function refer(text: string, artifactType?: string, rest: Partial<NewManifest> = {}): NewManifest {
  return manifest(text, { subject, ...(artifactType ? { artifactType } : {}), ...rest })
}

/** All referrers, four at a time, in at most twenty pages. */
async function walk(
  store: MetadataStore,
  artifactTypes?: readonly string[],
): Promise<readonly Digest[]> {
  const filter = artifactTypes ? { artifactTypes } : {}
  const seen: Digest[] = []
  for (let page = 0; page < 20; page++) {
    const last = seen.at(-1)
    const query = { limit: 4, ...filter, ...(last ? { after: last } : {}) }
    const entries = await store.manifests.referrers(app, subject, query)
    if (entries.length === 0) break
    seen.push(...entries.map((referrer) => referrer.digest))
  }
  return seen
}

export function referrerCases(t: Test, open: OpenSubject): void {
  t.test('referrers of a subject that is not there, in byte order of digests', async (t) => {
    const { store } = await start(t, open)
    const texts = ['one', 'two', 'three', 'four']
    for (const text of texts) await store.manifests.put(app, refer(text), [])
    const long = digestOf(Buffer.from('m'), 'sha512')
    await store.manifests.put(app, refer('m', undefined, { digest: long }), [])
    const found = await store.manifests.referrers(app, subject, { limit: 99 })
    t.strictSame(
      found.map((referrer) => referrer.digest),
      [...sorted(texts.map(digest)), long],
    )
  })

  t.test('only of this subject and this repository', async (t) => {
    const { store } = await start(t, open)
    await store.manifests.put(app, refer('mine'), [])
    await store.manifests.put(app, manifest('of another', { subject: digest('else') }), [])
    await store.manifests.put(app, manifest('of none'), [])
    await store.manifests.put(other, refer('theirs'), [])
    const found = await store.manifests.referrers(app, subject, { limit: 99 })
    t.strictSame(
      found.map((referrer) => referrer.digest),
      [digest('mine')],
    )
    for (const repository of [app, name('no/such')]) {
      t.strictSame(
        await store.manifests.referrers(repository, digest('nothing'), { limit: 99 }),
        [],
      )
    }
    t.strictSame(await store.manifests.referrers(name('no/such'), subject, { limit: 99 }), [])
  })

  t.test('an entry has what a referrers list shows, and nothing that was not given', async (t) => {
    const { store } = await start(t, open)
    const annotations = JSON.parse(
      '{"org.example":"ü \\u0000 \\ud800 \\"","__proto__":"own","constructor":"c","":"empty key"}',
    ) as Record<string, string>
    const plain = refer('plain')
    const full = refer('full', 'application/vnd.example', { mediaType: ociIndex, annotations })
    for (const entry of [plain, full]) await store.manifests.put(app, entry, [])
    const found = await store.manifests.referrers(app, subject, { limit: 9 })
    const entryOf = (wanted: Digest) => found.find((referrer) => referrer.digest === wanted)
    t.strictSame(entryOf(plain.digest), {
      digest: plain.digest,
      mediaType: plain.mediaType,
      size: plain.size,
    })
    const { annotations: kept, ...rest } = entryOf(full.digest) ?? {}
    t.strictSame(rest, {
      digest: full.digest,
      mediaType: ociIndex,
      size: full.size,
      artifactType: 'application/vnd.example',
    })
    t.strictSame(
      Object.entries(kept ?? {}),
      Object.entries(annotations),
      'its own keys, all of them',
    )
    t.ok(Object.hasOwn(kept ?? {}, '__proto__'))
    t.equal(Object.getPrototypeOf(kept), Object.prototype)
  })

  t.test('a filter compares artifact types exactly', async (t) => {
    const { store } = await start(t, open)
    const types = {
      a: 'text/a',
      upper: 'Text/A',
      b: 'text/b',
      long: 'text/a+json',
      none: undefined,
    }
    for (const [text, type] of Object.entries(types)) {
      await store.manifests.put(app, refer(text, type), [])
    }
    const filters = [
      [['text/a'], ['a']],
      [
        ['text/a', 'text/b'],
        ['a', 'b'],
      ],
      [['Text/A'], ['upper']],
      [['text/%'], []],
      [['null'], []],
      [[''], []],
      [[], []],
    ] as const
    for (const [artifactTypes, texts] of filters) {
      const found = await store.manifests.referrers(app, subject, { artifactTypes, limit: 9 })
      const expected = sorted(texts.map(digest))
      t.strictSame(
        found.map((referrer) => referrer.digest),
        expected,
        JSON.stringify(artifactTypes),
      )
    }
    t.equal((await store.manifests.referrers(app, subject, { limit: 9 })).length, 5, 'no filter')
  })

  t.test('pages join without a gap, with and without a filter', async (t) => {
    const { store } = await start(t, open)
    const texts = Array.from({ length: 25 }, (_, i) => `r${i}`)
    for (const [i, text] of texts.entries()) {
      await store.manifests.put(app, refer(text, i % 2 ? 'odd' : 'even'), [])
    }
    t.strictSame(await walk(store), sorted(texts.map(digest)))
    t.strictSame(await walk(store, ['odd']), sorted(texts.filter((_, i) => i % 2).map(digest)))
    t.strictSame(await store.manifests.referrers(app, subject, { limit: 0 }), [])
  })

  t.test('a subject under sha512, and a deleted referrer', async (t) => {
    const { store } = await start(t, open)
    const long = digestOf(Buffer.from('subject'), 'sha512')
    await store.manifests.put(app, refer('r', 'text/a', { subject: long }), [])
    const list = async () =>
      (await store.manifests.referrers(app, long, { limit: 9 })).map((referrer) => referrer.digest)
    t.strictSame(await list(), [digest('r')])
    t.strictSame(await store.manifests.referrers(app, subject, { limit: 9 }), [])
    await store.manifests.delete(app, digest('r'))
    t.strictSame(await list(), [])
  })
}
