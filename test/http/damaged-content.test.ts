import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { damages, flipBit, objectOf, quarantined } from '../helpers/damage.ts'
import { pushBlob, pushImage, pushManifest, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

for (const [what, damage] of Object.entries(damages)) {
  t.test(`a blob found "${what}" is healed by the next push, in every repository`, async (t) => {
    const { request, root } = await startRegistry(t)
    const blob = await pushBlob(request, 'one', randomContent(100_000))
    await request('POST', `/v2/two/blobs/uploads/?mount=${blob.digest}&from=one`)
    damage(objectOf(root, blob.digest))
    await pushBlob(request, 'one', blob)
    for (const name of ['one', 'two']) {
      const answer = await request('GET', `/v2/${name}/blobs/${blob.digest}`)
      t.equal(answer.status, 200)
      t.ok(answer.body.equals(blob.bytes), name)
    }
    t.ok(objectOf(root, blob.digest), 'and the old object is gone')
  })

  t.test(
    `a blob found "${what}" is unknown once it was asked for, until it is pushed`,
    async (t) => {
      const { request, root, settle } = await startRegistry(t)
      const blob = await pushBlob(request, 'a', randomContent(3_000_000))
      damage(objectOf(root, blob.digest))
      const path = `/v2/a/blobs/${blob.digest}`
      const first = await request('GET', path).catch(() => undefined)
      t.not(first?.status, 200, 'no answer that looks good')
      await settle()
      for (const method of ['GET', 'HEAD']) {
        t.equal((await request(method, path)).status, 404, method)
      }
      const mount = await request('POST', `/v2/b/blobs/uploads/?mount=${blob.digest}&from=a`)
      t.equal(mount.status, 202, 'it can not be mounted, but uploaded')
      t.equal(quarantined(root).length, what === 'missing' ? 0 : 1, 'its object is put aside')
      await pushBlob(request, 'a', blob)
      t.ok((await request('GET', path)).body.equals(blob.bytes))
    },
  )
}

t.test('a manifest is refused while a blob of it is known to be damaged', async (t) => {
  const { request, root, settle } = await startRegistry(t)
  const { layers, manifest } = await pushImage(request, 'a', 'v1')
  const [layer] = layers
  if (layer === undefined) throw new Error('an image without layers')
  flipBit(objectOf(root, layer.digest), 0)
  await request('GET', `/v2/a/blobs/${layer.digest}`).catch(() => {})
  await settle()
  await t.rejects(pushManifest(request, 'a', 'v2', manifest), /400.*MANIFEST_BLOB_UNKNOWN/)
  await pushBlob(request, 'a', layer)
  await pushManifest(request, 'a', 'v2', manifest)
})

t.test(
  'content that was verified lately is read without a check, until its file changes',
  async (t) => {
    const { request, root, settle } = await startRegistry(t)
    const blob = await pushBlob(request, 'a', randomContent(10_000))
    const path = `/v2/a/blobs/${blob.digest}`
    for (let n = 0; n < 3; n++) t.ok((await request('GET', path)).body.equals(blob.bytes))
    flipBit(objectOf(root, blob.digest), 50_000)
    const spoiled = await request('GET', path).catch(() => undefined)
    t.not(spoiled?.status, 200)
    await settle()
  },
)

t.test('a range of a spoiled blob leads to its check', async (t) => {
  const { request, root, scrubOnce } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(100_000))
  flipBit(objectOf(root, blob.digest), 70_000)
  const path = `/v2/a/blobs/${blob.digest}`
  const part = await request('GET', path, { headers: { range: 'bytes=0-99' } })
  t.ok(part.body.equals(blob.bytes.subarray(0, 100)), 'these bytes are right')
  await scrubOnce()
  t.equal((await request('HEAD', path)).status, 404)
})

for (const [what, damage] of Object.entries(damages)) {
  t.test(
    `no part of a small blob is served that was found "${what}", nor what was kept of it`,
    async (t) => {
      const { request, root, settle } = await startRegistry(t)
      const blob = await pushBlob(request, 'a', randomContent(10_000))
      const path = `/v2/a/blobs/${blob.digest}`
      t.ok((await request('GET', path)).body.equals(blob.bytes))
      damage(objectOf(root, blob.digest))
      const headers = { range: 'bytes=0-99' }
      t.equal((await request('GET', path, { headers })).status, 404)
      await settle()
      t.equal((await request('HEAD', path)).status, 404)
      t.equal(quarantined(root).length, what === 'missing' ? 0 : 1)
      await pushBlob(request, 'a', blob)
      const part = await request('GET', path, { headers })
      t.ok(part.body.equals(blob.bytes.subarray(0, 100)))
    },
  )
}

t.test('a spoiled manifest is unknown until it is pushed again', async (t) => {
  const { request, root } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'a', 'v1')
  const db = new Database(join(root, 'metadata.db'))
  t.teardown(() => db.close())
  db.prepare('UPDATE manifest_bodies SET body = ?').run(Buffer.alloc(manifest.size, 'x'))
  for (const reference of ['v1', manifest.digest]) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await request(method, `/v2/a/manifests/${reference}`)
      t.equal(answer.status, 404, `${method} ${reference}`)
    }
  }
  await pushManifest(request, 'a', manifest.digest, manifest)
  const answer = await request('GET', '/v2/a/manifests/v1')
  t.ok(answer.body.equals(manifest.bytes), 'its tags are still there')
})

t.test('a blob that changes place while it is asked for is found', async (t) => {
  const { request } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(200_000))
  let pushing = true
  const pushes = (async () => {
    for (let n = 0; n < 30; n++) await pushBlob(request, 'a', blob)
    pushing = false
  })()
  let reads = 0
  while (pushing) {
    const answer = await request('GET', `/v2/a/blobs/${blob.digest}`)
    if (answer.status !== 200 || !answer.body.equals(blob.bytes)) t.fail(`${answer.status}`)
    reads++
  }
  await pushes
  t.ok(reads > 10, `${reads} reads during 30 pushes`)
})
