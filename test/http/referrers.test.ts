import t from 'tap'
import { ociImage, ociIndex } from '../../src/oci/media-types.ts'
import type { Client } from '../helpers/client.ts'
import { codesOf } from '../helpers/client.ts'
import {
  contentOf,
  descriptor,
  imageOf,
  indexOf,
  pushBlob,
  pushImage,
  pushManifest,
  randomContent,
} from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly artifactType?: string }[]
}

async function refer(request: Client, subject: object, extra: object) {
  const config = await pushBlob(request, 'a', contentOf('{}'))
  const manifest = imageOf(config, [], { subject, ...extra })
  const answer = await request('PUT', `/v2/a/manifests/${manifest.digest}`, {
    headers: { 'content-type': ociImage },
    body: manifest.bytes,
  })
  return { manifest, answer }
}

t.test('the list is there, empty, for anything unknown', async (t) => {
  const { request } = await startRegistry(t)
  const zeros = `sha256:${'0'.repeat(64)}`
  await pushImage(request, 'known', 'v1')
  for (const name of ['never/seen', 'known']) {
    const answer = await request('GET', `/v2/${name}/referrers/${zeros}`)
    t.equal(answer.status, 200)
    t.equal(answer.headers['content-type'], ociIndex)
    t.same(answer.json(), { schemaVersion: 2, mediaType: ociIndex, manifests: [] })
  }
})

t.test('referrers are listed with type and annotations', async (t) => {
  const { request } = await startRegistry(t)
  const subject = descriptor((await pushImage(request, 'a', 'v1')).manifest, ociImage)
  const annotations = { 'org.example': 'x', __proto__x: 'y' }
  const typed = await refer(request, subject, { artifactType: 'application/x+sig', annotations })
  t.equal(typed.answer.status, 201)
  t.equal(typed.answer.headers['oci-subject'], subject.digest)
  const untyped = await refer(request, subject, {})
  const index = indexOf([], { subject, annotations })
  const put = await request('PUT', '/v2/a/manifests/by-tag', {
    headers: { 'content-type': ociIndex },
    body: index.bytes,
  })
  t.equal(put.headers['oci-subject'], subject.digest, 'on a push by tag, of an index, too')
  await pushManifest(request, 'a', 'again', typed.manifest)

  const path = `/v2/a/referrers/${subject.digest}`
  const all = (await request('GET', path)).json<Index>().manifests
  t.same(
    all.map(({ digest }) => digest).sort(),
    [typed.manifest, untyped.manifest, index].map((x) => x.digest).sort(),
  )
  const entry = (digest: string) => all.find((candidate) => candidate.digest === digest)
  t.same(entry(typed.manifest.digest), {
    mediaType: ociImage,
    digest: typed.manifest.digest,
    size: typed.manifest.size,
    artifactType: 'application/x+sig',
    annotations,
  })
  t.equal(entry(untyped.manifest.digest)?.artifactType, 'application/vnd.oci.image.config.v1+json')
  t.notOk('artifactType' in (entry(index.digest) ?? {}))

  const filtered = async (query: string) => {
    const answer = await request('GET', `${path}?${query}`)
    t.equal(answer.headers['oci-filters-applied'], 'artifactType')
    return answer.json<Index>().manifests.map(({ digest }) => digest)
  }
  t.same(await filtered('artifactType=application/x%2Bsig'), [typed.manifest.digest])
  t.same(await filtered('artifactType=application/x+sig'), [typed.manifest.digest], 'sloppy')
  t.same(await filtered('artifactType=none/such'), [])
  const both = 'artifactType=none/such&artifactType=application%2Fx%2Bsig'
  t.same(await filtered(both), [typed.manifest.digest], 'either of several')

  await request('DELETE', `/v2/a/manifests/${subject.digest}`)
  t.equal((await request('GET', path)).json<Index>().manifests.length, 3, 'outlive their subject')
  await request('DELETE', `/v2/a/manifests/${typed.manifest.digest}`)
  t.equal((await request('GET', path)).json<Index>().manifests.length, 2, 'go with themselves')
})

t.test('a referrer may come before its subject', async (t) => {
  const { request } = await startRegistry(t)
  const later = imageOf(await pushBlob(request, 'a', randomContent()), [])
  const { manifest } = await refer(request, descriptor(later, ociImage), {})
  const list = await request('GET', `/v2/a/referrers/${later.digest}`)
  t.same(
    list.json<Index>().manifests.map(({ digest }) => digest),
    [manifest.digest],
  )
})

t.test('a list too long for one answer goes on behind a link', async (t) => {
  const { request } = await startRegistry(t)
  const subject = descriptor(imageOf(randomContent(), []), ociImage)
  const annotations = { filler: 'x'.repeat(1_000_000) }
  const pushed: string[] = []
  for (let n = 0; n < 8; n++) {
    const extra = { artifactType: 'a/b+c', annotations: { ...annotations, n: String(n) } }
    pushed.push((await refer(request, subject, extra)).manifest.digest)
  }
  const found: string[] = []
  let pages = 0
  let path: string | undefined = `/v2/a/referrers/${subject.digest}?artifactType=a/b%2Bc`
  while (path !== undefined) {
    const answer: Awaited<ReturnType<Client>> = await request('GET', path)
    t.ok(answer.body.length <= 4 * 1024 * 1024)
    found.push(...answer.json<Index>().manifests.map(({ digest }) => digest))
    path = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1]
    pages++
  }
  t.ok(pages > 1)
  t.same(found, pushed.sort(), 'each once')
  const bad = await request('GET', `/v2/a/referrers/${subject.digest}?last=x`)
  t.same(codesOf(bad), ['DIGEST_INVALID'])
})
