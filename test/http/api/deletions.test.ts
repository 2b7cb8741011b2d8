import t, { type Test } from 'tap'
import { ociIndex } from '../../../src/oci/media-types.ts'
import { askApi, type ProblemDocument } from '../../helpers/api.ts'
import type { Answer, Client } from '../../helpers/client.ts'
import {
  type ImageParts,
  imageOf,
  indexOf,
  pushBlob,
  pushImage,
  pushManifest,
  randomContent,
} from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'

interface Plan {
  readonly tags: readonly { tag: string; digest: string }[]
  readonly manifests: readonly { digest: string; because: string; tags: readonly string[] }[]
  readonly kept: readonly { digest: string; heldBy: readonly object[] }[]
  readonly freedBytes: number
  readonly freedFrom: { readonly undoable: string; readonly purged: string }
  readonly version: string
}

interface Done {
  readonly plan: Plan
  readonly deletion?: { readonly id: number; readonly undoUntil?: string }
}

function post(request: Client, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return askApi(request, 'POST', path, { headers, body: JSON.stringify(body) })
}

async function done(request: Client, body: object): Promise<Done> {
  const answer = await post(request, '/deletions', body)
  if (answer.status !== 200) throw new Error(`deletion: ${answer.status} ${answer.text}`)
  return answer.json<Done>()
}

function problem(answer: Answer) {
  const { status, code, detail, params } = answer.json<ProblemDocument>()
  return { status, code, detail, params }
}

async function statusOf(request: Client, repository: string, reference: string): Promise<number> {
  return (await request('HEAD', `/v2/${repository}/manifests/${reference}`)).status
}

/** `v1` and `latest` are one image; `next` shares its layer. */
async function pushThree(request: Client): Promise<{ image: ImageParts; next: string }> {
  const image = await pushImage(request, 'team/app', 'v1')
  await pushManifest(request, 'team/app', 'latest', image.manifest)
  const config = await pushBlob(request, 'team/app', randomContent(64))
  const next = imageOf(config, image.layers)
  await pushManifest(request, 'team/app', 'next', next)
  return { image, next: next.digest }
}

t.test('a preview tells what goes, what stays and why, and changes nothing', async (t) => {
  const { request } = await startRegistry(t)
  const { image, next } = await pushThree(request)
  const { digest } = image.manifest
  const wanted = { repo: 'team/app', tags: ['v1', 'absent'] }
  const one = await post(request, '/deletions/preview', wanted)
  t.match(one.json(), {
    tags: [{ tag: 'v1', digest }],
    manifests: [],
    kept: [{ digest, heldBy: [{ kind: 'tag', tag: 'latest' }] }],
    unknown: { tags: ['absent'], digests: [] },
    freedBytes: 0,
    freedBlobs: 0,
  })
  const both = await post(request, '/deletions/preview', { ...wanted, tags: ['v1', 'latest'] })
  const plan = both.json<Plan>()
  t.match(plan, {
    manifests: [{ digest, because: 'untagged', tags: ['latest', 'v1'] }],
    freedBytes: 64,
    freedBlobs: 1,
    keptBytes: 512,
    keptBlobs: 1,
    keptBy: [{ repo: 'team/app', digest: next, tags: ['next'] }],
  })
  const days = Date.parse(plan.freedFrom.undoable) - Date.parse(plan.freedFrom.purged)
  t.equal(days, 7 * 86_400_000, 'the undo keeps it for history.keep longer')
  t.equal(await statusOf(request, 'team/app', 'v1'), 200)
  const again = await post(request, '/deletions/preview', { ...wanted, tags: ['v1', 'latest'] })
  t.equal(again.json<Plan>().version, plan.version)
})

t.test('a deletion does what its preview tells, and is refused if that has changed', async (t) => {
  const { request } = await startRegistry(t)
  const { image } = await pushThree(request)
  const wanted = { repo: 'team/app', tags: ['v1', 'latest'] }
  const { version } = (await post(request, '/deletions/preview', wanted)).json<Plan>()
  await pushManifest(request, 'team/app', 'third', image.manifest)

  const refused = problem(await post(request, '/deletions', { ...wanted, version }))
  t.match(refused, { status: 412, code: 'PRECONDITION_FAILED', detail: /look at the preview/ })
  t.equal(await statusOf(request, 'team/app', 'v1'), 200, 'nothing is changed')

  const now = refused.params['version']
  const { plan, deletion } = await done(request, { ...wanted, version: now })
  t.match(plan, { version: now, manifests: [], kept: [{ digest: image.manifest.digest }] })
  t.ok(deletion)
  for (const [tag, status] of Object.entries({ v1: 404, latest: 404, third: 200, next: 200 })) {
    t.equal(await statusOf(request, 'team/app', tag), status, tag)
  }
})

t.test('nothing that is there is no deletion', async (t) => {
  const { request } = await startRegistry(t)
  await pushImage(request, 'team/app', 'v1')
  const result = await done(request, { repo: 'team/app', tags: ['absent'] })
  t.notOk('deletion' in result)
  t.match(result.plan, { tags: [], manifests: [], unknown: { tags: ['absent'] } })
})

async function pushPlatforms(request: Client) {
  const images = [
    await pushImage(request, 'team/app', 'amd'),
    await pushImage(request, 'team/app', 'arm'),
  ].map(({ manifest }) => manifest)
  const index = indexOf(images)
  await pushManifest(request, 'team/app', 'all', index, ociIndex)
  const subject = { mediaType: ociIndex, digest: index.digest, size: index.size }
  const config = await pushBlob(request, 'team/app', randomContent(16))
  const signature = imageOf(config, [config], { subject })
  await pushManifest(request, 'team/app', signature.digest, signature)
  for (const tag of ['amd', 'arm']) {
    t.equal((await request('DELETE', `/v2/team/app/manifests/${tag}`)).status, 202)
  }
  return [index, ...images, signature].map(({ digest }) => digest)
}

t.test('with an index go its images and what refers to it, and all of it comes back', async (t) => {
  const { request } = await startRegistry(t)
  const digests = await pushPlatforms(request)
  const { plan, deletion } = await done(request, { repo: 'team/app', tags: ['all'] })
  t.same(new Set(plan.manifests.map(({ digest }) => digest)), new Set(digests))
  for (const digest of digests) t.equal(await statusOf(request, 'team/app', digest), 404)

  const undone = await post(request, `/deletions/${deletion?.id}/undo`, {})
  t.same(undone.json(), { manifests: 4, tags: ['all'], taken: [] })
  for (const digest of digests) t.equal(await statusOf(request, 'team/app', digest), 200)
  const referrers = await request('GET', `/v2/team/app/referrers/${digests[0]}`)
  t.equal(referrers.json<{ manifests: unknown[] }>().manifests.length, 1)
  const twice = problem(await post(request, `/deletions/${deletion?.id}/undo`, {}))
  t.match(twice, { status: 409, code: 'CONFLICT', detail: 'this deletion was undone already' })
})

t.test('an undo leaves alone what was pushed under the name since', async (t) => {
  const { request } = await startRegistry(t)
  await pushImage(request, 'team/app', 'v1')
  const { deletion } = await done(request, { repo: 'team/app', tags: ['v1'] })
  const newer = await pushImage(request, 'team/app', 'v1')
  const undone = await post(request, `/deletions/${deletion?.id}/undo`, {})
  t.same(undone.json(), { manifests: 1, tags: [], taken: ['v1'] })
  const head = await request('HEAD', '/v2/team/app/manifests/v1')
  t.equal(head.headers['docker-content-digest'], newer.manifest.digest)
})

t.test('a purge, and a deletion that is too long ago, can not be undone', async (t) => {
  const { request } = await startRegistry(t, { env: { LAYERHOUSE_HISTORY_KEEP: '300ms' } })
  await pushImage(request, 'team/app', 'v1')
  await pushImage(request, 'team/app', 'v2')
  const purged = await done(request, { repo: 'team/app', tags: ['v1'], purge: true })
  t.notOk('undoUntil' in (purged.deletion ?? {}))
  const kept = await done(request, { repo: 'team/app', tags: ['v2'] })
  const until = Date.parse(kept.deletion?.undoUntil ?? '')
  await new Promise((resolve) => setTimeout(resolve, until - Date.now() + 5))
  for (const { deletion } of [purged, kept]) {
    const late = problem(await post(request, `/deletions/${deletion?.id}/undo`, {}))
    t.match(late, {
      status: 409,
      code: 'CONFLICT',
      detail: 'this deletion can no longer be undone',
    })
  }
})

t.test('a repository goes with all it has, and comes back', async (t) => {
  const { request } = await startRegistry(t)
  await pushThree(request)
  await pushImage(request, 'team/other', 'v1')
  const gone = await askApi(request, 'DELETE', '/repo?repo=team/app')
  t.match(gone.json(), { repo: 'team/app', undoUntil: /Z$/ })
  const catalog = async () =>
    (await request('GET', '/v2/_catalog')).json<{ repositories: string[] }>().repositories
  t.same(await catalog(), ['team/other'])
  await post(request, `/deletions/${gone.json<{ id: number }>().id}/undo`, {})
  t.same(await catalog(), ['team/app', 'team/other'])
  const tags = await request('GET', '/v2/team/app/tags/list')
  t.same(tags.json<{ tags: string[] }>().tags, ['latest', 'next', 'v1'])
  const purged = await askApi(request, 'DELETE', '/repo?repo=team/app&purge=true')
  t.notOk('undoUntil' in purged.json<object>())
})

t.test('a pattern picks tags of this repository', async (t) => {
  const { request } = await startRegistry(t)
  for (const tag of ['pr-1', 'pr-22', 'pr', 'v1.0']) await pushImage(request, 'team/app', tag)
  await pushImage(request, 'team/other', 'pr-1')
  const picked = async (matching: string) => {
    const answer = await post(request, '/deletions/preview', { repo: 'team/app', matching })
    return answer.json<Plan>().tags.map(({ tag }) => tag)
  }
  t.same(await picked('pr-*'), ['pr-1', 'pr-22'])
  t.same(await picked('pr-?'), ['pr-1'])
  t.same(await picked('v1?0'), ['v1.0'])
  t.same(await picked('none*'), [])
  const { plan } = await done(request, { repo: 'team/app', tags: ['v1.0', 'pr'], matching: 'pr*' })
  t.equal(plan.tags.length, 4, 'each once')
  t.equal(await statusOf(request, 'team/other', 'pr-1'), 200)
})

async function startDisabled(t: Test) {
  const { request } = await startRegistry(t, { env: { LAYERHOUSE_DELETE_ENABLED: 'false' } })
  await pushImage(request, 'team/app', 'v1')
  return request
}

t.test('where deleting is switched off it is refused, and looking is not', async (t) => {
  const request = await startDisabled(t)
  const wanted = { repo: 'team/app', tags: ['v1'] }
  for (const answer of [
    await post(request, '/deletions', wanted),
    await askApi(request, 'DELETE', '/repo?repo=team/app'),
  ]) {
    t.match(problem(answer), { status: 405, code: 'UNSUPPORTED', detail: /delete\.enabled/ })
  }
  t.equal((await post(request, '/deletions/preview', wanted)).status, 200)
  t.equal(await statusOf(request, 'team/app', 'v1'), 200)
})
