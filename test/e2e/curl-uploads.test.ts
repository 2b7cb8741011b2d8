import { readFile } from 'node:fs/promises'
import t from 'tap'
import { must } from '../helpers/e2e/command.ts'
import { curl } from '../helpers/e2e/curl.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { writeFiles } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(60_000)

const registry = await startRegistry(t)
const directory = await temporaryDirectory(t)
const blobs = `${registry.url}/v2/by/hand/blobs`
const text = 'abcdefghijklmnopqrstuvwxyz'
const digest = sha256(text)
await writeFiles(directory, { whole: text, head: text.slice(0, 10), tail: text.slice(10) })

const binary = ['--header', 'Content-Type: application/octet-stream']

async function begin(): Promise<string> {
  const { status, headers } = await curl('--request', 'POST', `${blobs}/uploads/`)
  if (status !== 202) throw new Error(`POST answered ${status}`)
  return new URL(headers.get('location') ?? '', registry.url).href
}

function withDigest(location: string, wanted = digest): string {
  const url = new URL(location, registry.url)
  url.searchParams.set('digest', wanted)
  return url.href
}

function patch(location: string, file: string, ...more: string[]) {
  const body = ['--data-binary', `@${directory}/${file}`]
  return curl('--request', 'PATCH', ...binary, ...body, ...more, location)
}

const finish = (location: string, ...more: string[]) =>
  curl('--request', 'PUT', ...more, withDigest(location))

async function isThere(wanted = digest): Promise<boolean> {
  return (await curl('--head', `${blobs}/${wanted}`)).status === 200
}

t.afterEach(async () => {
  await curl('--request', 'DELETE', `${blobs}/${digest}`)
})

await t.test('POST and PUT with the whole content', async (t) => {
  const data = ['--data-binary', `@${directory}/whole`]
  const done = await finish(await begin(), ...binary, ...data)
  t.equal(done.status, 201)
  t.equal(done.headers.get('docker-content-digest'), digest)
  const { pathname } = new URL(done.headers.get('location') ?? '', registry.url)
  t.equal(pathname, `/v2/by/hand/blobs/${digest}`)
  t.equal((await curl(`${blobs}/${digest}`)).body, text)
})

await t.test('a single POST with the digest', async (t) => {
  const { status, headers } = await curl(
    ...['--request', 'POST', ...binary, '--data-binary', `@${directory}/whole`],
    `${blobs}/uploads/?digest=${digest}`,
  )
  t.equal(status, 201)
  t.equal(headers.get('docker-content-digest'), digest)
  t.ok(await isThere())
})

await t.test('a stream of unknown length', async (t) => {
  const location = await begin()
  const streamed = await patch(location, 'whole', '--header', 'Transfer-Encoding: chunked')
  t.equal(streamed.status, 202)
  t.equal(streamed.headers.get('range'), `0-${text.length - 1}`)
  t.equal((await finish(streamed.headers.get('location') ?? location)).status, 201)
  t.ok(await isThere())
})

await t.test('two chunks, the second sent wrongly first', async (t) => {
  const location = await begin()
  const first = await patch(location, 'head', '--header', 'Content-Range: 0-9')
  t.equal(first.status, 202)
  t.equal(first.headers.get('range'), '0-9')
  const next = new URL(first.headers.get('location') ?? '', registry.url).href
  const gap = await patch(next, 'tail', '--header', 'Content-Range: 11-26')
  t.equal(gap.status, 416)
  const where = await curl(next)
  t.equal(where.status, 204)
  t.equal(where.headers.get('range'), '0-9')
  const resumed = new URL(where.headers.get('location') ?? '', registry.url).href
  const data = ['--data-binary', `@${directory}/tail`, '--header', 'Content-Range: 10-25']
  t.equal((await finish(resumed, ...binary, ...data)).status, 201)
  t.equal((await curl(`${blobs}/${digest}`)).body, text)
})

await t.test('content with another digest is refused', async (t) => {
  const wrong = sha256('something else')
  const { status, body } = await curl(
    ...['--request', 'PUT', ...binary, '--data-binary', `@${directory}/whole`],
    withDigest(await begin(), wrong),
  )
  t.equal(status, 400)
  t.match(JSON.parse(body), { errors: [{ code: 'DIGEST_INVALID' }] })
  t.notOk(await isThere(wrong))
  t.notOk(await isThere())
})

await t.test('a cancelled upload is unknown afterwards', async (t) => {
  const location = await begin()
  t.equal((await curl('--request', 'DELETE', location)).status, 204)
  const { status, body } = await curl(location)
  t.equal(status, 404)
  t.match(JSON.parse(body), { errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }] })
})

await t.test('a download is resumed where it broke off', async (t) => {
  const data = ['--data-binary', `@${directory}/whole`]
  await finish(await begin(), ...binary, ...data)
  await writeFiles(directory, { partial: text.slice(0, 7) })
  const path = `${directory}/partial`
  await must('curl', ['--silent', '--continue-at', '-', '--output', path, `${blobs}/${digest}`])
  t.equal(await readFile(path, 'utf8'), text)
  const range = await curl('--range', '7-9', `${blobs}/${digest}`)
  t.equal(range.status, 206)
  t.equal(range.headers.get('content-range'), 'bytes 7-9/26')
  t.equal(range.body, 'hij')
})

await t.test('a blob is mounted from one repository into another', async (t) => {
  await finish(await begin(), ...binary, '--data-binary', `@${directory}/whole`)
  const other = `${registry.url}/v2/by/mount/blobs`
  t.equal((await curl('--head', `${other}/${digest}`)).status, 404, 'not before')
  const mount = await curl('--request', 'POST', `${other}/uploads/?mount=${digest}&from=by/hand`)
  t.equal(mount.status, 201)
  t.equal((await curl(`${other}/${digest}`)).body, text)
  await curl('--request', 'DELETE', `${blobs}/${digest}`)
  t.equal((await curl('--head', `${blobs}/${digest}`)).status, 404)
  t.equal((await curl(`${other}/${digest}`)).body, text, 'the other repository keeps it')
})
