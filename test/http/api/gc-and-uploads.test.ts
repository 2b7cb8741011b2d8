import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { askApi } from '../../helpers/api.ts'
import { contentOf, imageOf, pushBlob, randomContent } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

t.test('a slow push keeps what it brought first, whatever is collected meanwhile', async (t) => {
  const { request } = await startRegistry(t, {
    env: { LAYERHOUSE_GC_GRACE: '2s', LAYERHOUSE_GC_INTERVAL: '1h' },
  })
  const config = await pushBlob(request, 'team/app', randomContent(64))
  const chunks = Array.from({ length: 9 }, () => randomContent(100).bytes)
  const begun = await request('POST', '/v2/team/app/blobs/uploads/')
  let { location } = begun.headers
  for (const body of chunks) {
    await delay(300)
    const answer = await request('PATCH', String(location), { body })
    t.equal(answer.status, 202)
    location = answer.headers.location
    const collected = await askApi(request, 'POST', '/gc', {
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    t.match(collected.json(), { blobs: 0, manifests: 0 })
    t.notOk(collected.json<{ error?: string }>().error)
  }
  const layer = contentOf(Buffer.concat(chunks))
  const end = `${location}${String(location).includes('?') ? '&' : '?'}digest=${layer.digest}`
  t.equal((await request('PUT', end)).status, 201)
  const put = await request('PUT', '/v2/team/app/manifests/v1', {
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    body: imageOf(config, [layer]).bytes,
  })
  t.equal(put.status, 201, put.text)
})
