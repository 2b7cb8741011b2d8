import t from 'tap'
import { ociImage } from '../../../src/oci/media-types.ts'
import { imageOf, pushImage, pushManifest } from '../../helpers/push.ts'
import { errorOf, startWith } from './start.ts'

const rules = `
immutability:
  - name: releases
    repositories: ["team/**"]
    tags: ["v*"]
    delete: false
  - name: pinned
    repositories: ["**"]
    tags: [pinned]
`

const put = (manifest: { readonly bytes: Buffer }) => ({
  headers: { 'content-type': ociImage },
  body: manifest.bytes,
})

t.test('overwriting an immutable tag is denied in words, and changes nothing', async (t) => {
  const { request } = await startWith(t, rules)
  const first = await pushImage(request, 'team/app', 'v1')
  const second = imageOf(first.config, first.layers, { annotations: { n: '2' } })
  const answer = await request('PUT', '/v2/team/app/manifests/v1', put(second))
  t.equal(answer.status, 403)
  t.strictSame(errorOf(answer), {
    code: 'DENIED',
    message: `the tag v1 of team/app can't be overwritten: the immutability rule "releases" keeps it at ${first.manifest.digest}; push under another tag, or have the rule changed`,
    detail: {
      reason: 'immutable',
      repository: 'team/app',
      action: 'overwrite',
      rule: 'releases',
      tag: 'v1',
      digest: first.manifest.digest,
    },
  })
  const head = await request('HEAD', '/v2/team/app/manifests/v1')
  t.equal(head.headers['docker-content-digest'], first.manifest.digest)
  t.equal((await request('HEAD', `/v2/team/app/manifests/${second.digest}`)).status, 404)
})

t.test('the same image again, another tag and another repository are taken', async (t) => {
  const { request } = await startWith(t, rules)
  const { manifest, config, layers } = await pushImage(request, 'team/app', 'v1')
  await pushManifest(request, 'team/app', 'v1', manifest)
  const second = imageOf(config, layers, { annotations: { n: '2' } })
  await pushManifest(request, 'team/app', 'v2', second)
  await pushImage(request, 'other', 'v1')
  await pushImage(request, 'other', 'v1')
})

t.test('a push of many tags is refused whole if one of them is immutable', async (t) => {
  const { request } = await startWith(t, rules)
  const { config, layers } = await pushImage(request, 'team/app', 'v1')
  const second = imageOf(config, layers, { annotations: { n: '2' } })
  const path = `/v2/team/app/manifests/${second.digest}?tag=new&tag=v1`
  t.equal((await request('PUT', path, put(second))).status, 403)
  t.strictSame((await request('GET', '/v2/team/app/tags/list')).json(), {
    name: 'team/app',
    tags: ['v1'],
  })
})

t.test('an immutable tag is deleted only where the rule lets it', async (t) => {
  const { request } = await startWith(t, rules)
  const { manifest } = await pushImage(request, 'team/app', 'v1')
  for (const reference of ['v1', manifest.digest]) {
    const answer = await request('DELETE', `/v2/team/app/manifests/${reference}`)
    t.equal(answer.status, 403, reference)
    const { code, message } = errorOf(answer)
    t.equal(code, 'DENIED')
    t.equal(
      message,
      'the tag v1 of team/app can\'t be deleted: the immutability rule "releases" protects it; have the rule changed',
    )
  }
  t.equal((await request('GET', '/v2/team/app/manifests/v1')).status, 200)
  await pushImage(request, 'x', 'pinned')
  t.equal((await request('DELETE', '/v2/x/manifests/pinned')).status, 202)
})

t.test('the rules of the file replace those of the file before', async (t) => {
  const root = t.testdir()
  const before = await startWith(t, rules, root)
  await pushImage(before.request, 'team/app', 'v1')
  await before.stop()
  const { request } = await startWith(t, 'immutability: []\n', root)
  await pushImage(request, 'team/app', 'v1')
})

t.test('a mistake in the file refuses the start, with its line', async (t) => {
  await t.rejects(startWith(t, 'quotas:\n  - name: a\n    repositories: ["**"]\n    bytes: 1G\n'), {
    message: /\.yaml:4: quota rule "a": bytes must be a size such as 10GiB or a number of bytes$/,
  })
})
