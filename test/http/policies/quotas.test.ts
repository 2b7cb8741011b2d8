import t from 'tap'
import type { Client } from '../../helpers/client.ts'
import { imageOf, pushBlob, pushManifest, randomContent } from '../../helpers/push.ts'
import { errorOf, startWith } from './start.ts'

const rules = `
quotas:
  - name: team
    repositories: ["team/**"]
    bytes: 10KiB
`

const type = 'application/vnd.oci.image.manifest.v1+json'

/** Uploads a layer of so many bytes with its config; gives the image, which is not pushed. */
async function upload(request: Client, repository: string, size: number) {
  const config = await pushBlob(request, repository, randomContent(16))
  const layer = await pushBlob(request, repository, randomContent(size))
  return { config, layer, manifest: imageOf(config, [layer]) }
}

/** Uses up the quota to its last byte, in two images of `team/app`; gives the bigger one. */
async function fill(request: Client) {
  const image = await upload(request, 'team/app', 9000)
  await pushManifest(request, 'team/app', 'big', image.manifest)
  const another = imageOf(randomContent(16), [randomContent(100)])
  const rest = 10_240 - 9016 - image.manifest.size - 16 - another.size
  const last = await upload(request, 'team/app', rest)
  await pushManifest(request, 'team/app', 'last', last.manifest)
  return image
}

t.test('an image that exceeds the quota is denied with the numbers', async (t) => {
  const { request } = await startWith(t, rules)
  const first = await upload(request, 'team/a', 6000)
  await pushManifest(request, 'team/a', 'v1', first.manifest)
  const second = await upload(request, 'team/b', 6000)
  const answer = await request('PUT', '/v2/team/b/manifests/v1', {
    headers: { 'content-type': type },
    body: second.manifest.bytes,
  })
  t.equal(answer.status, 403)
  const used = 6016 + first.manifest.size
  t.strictSame(errorOf(answer), {
    code: 'DENIED',
    message:
      'the quota "team" of 10 KiB would be exceeded: 6.2 KiB used, this push adds 6.2 KiB; delete something or ask for more',
    detail: {
      reason: 'quota',
      repository: 'team/b',
      rule: 'team',
      limit: 10_240,
      used,
      added: 6016 + second.manifest.size,
    },
  })
  t.equal((await request('HEAD', '/v2/team/b/manifests/v1')).status, 404)
  const elsewhere = await upload(request, 'other', 6000)
  await pushManifest(request, 'other', 'v1', elsewhere.manifest)
})

t.test('when all is used, uploads are denied at their start', async (t) => {
  const { request } = await startWith(t, rules)
  const image = await fill(request)
  for (const path of [
    '/v2/team/app/blobs/uploads/',
    `/v2/team/new/blobs/uploads/?digest=${randomContent().digest}`,
  ]) {
    const answer = await request('POST', path)
    t.equal(answer.status, 403, path)
    t.match(errorOf(answer), {
      code: 'DENIED',
      message:
        'the quota "team" of 10 KiB is used up: 10 KiB used; delete something or ask for more',
      detail: { rule: 'team', limit: 10_240, used: 10_240, added: 0 },
    })
  }
  t.equal((await request('POST', '/v2/other/blobs/uploads/')).status, 202)
  await pushManifest(request, 'team/app', 'again', image.manifest)
  const deleted = await request('DELETE', `/v2/team/app/manifests/${image.manifest.digest}`)
  t.equal(deleted.status, 202)
  t.equal((await request('POST', '/v2/team/app/blobs/uploads/')).status, 202, 'there is room')
})

t.test('when all is used, only what counts already is mounted', async (t) => {
  const { request } = await startWith(t, rules)
  const image = await fill(request)
  const foreign = await pushBlob(request, 'other', randomContent(100))
  const mount = (digest: string, from: string) =>
    request('POST', `/v2/team/copy/blobs/uploads/?mount=${digest}&from=${from}`)
  t.equal((await mount(image.layer.digest, 'team/app')).status, 201)
  const answer = await mount(foreign.digest, 'other')
  t.equal(answer.status, 403)
  t.match(errorOf(answer).message, /the quota "team" of 10 KiB is used up/)
})

t.test('twenty pushes at once do not exceed the quota together', async (t) => {
  const { request } = await startWith(t, rules)
  const images = await Promise.all(
    Array.from({ length: 20 }, (_, n) => upload(request, `team/app${n % 4}`, 1000)),
  )
  const answers = await Promise.all(
    images.map(({ manifest }, n) =>
      request('PUT', `/v2/team/app${n % 4}/manifests/t${n}`, {
        headers: { 'content-type': type },
        body: manifest.bytes,
      }),
    ),
  )
  const size = 1016 + (images[0]?.manifest.size ?? 0)
  const fit = Math.floor(10_240 / size)
  t.equal(answers.filter(({ status }) => status === 201).length, fit)
  t.equal(answers.filter(({ status }) => status === 403).length, 20 - fit)
  for (const [n, { status }] of answers.entries()) {
    const { status: found } = await request('GET', `/v2/team/app${n % 4}/manifests/t${n}`)
    t.equal(found, status === 201 ? 200 : 404, `t${n} was answered ${status}`)
  }
})
