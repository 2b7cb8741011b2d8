import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import t from 'tap'
import { type Answer, codesOf } from '../helpers/client.ts'
import { contentOf, pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

const locationOf = (answer: Answer) => String(answer.headers.location)

t.test('begin, stream, ask, finish', async (t) => {
  const { request } = await startRegistry(t)
  const blob = randomContent(5000)
  const begun = await request('POST', '/v2/a/blobs/uploads/', {
    headers: { 'content-type': 'application/json' },
  })
  t.equal(begun.status, 202)
  t.equal(begun.headers.range, '0-0')
  t.equal(begun.headers['content-length'], '0')
  t.ok(locationOf(begun).endsWith(String(begun.headers['docker-upload-uuid'])))

  const patched = await request('PATCH', locationOf(begun), { body: Readable.from([blob.bytes]) })
  t.equal(patched.status, 202)
  t.equal(patched.headers.range, '0-4999')
  const progress = await request('GET', `${locationOf(begun)}?digest=${blob.digest}&x=y`)
  t.equal(progress.status, 204)
  t.equal(progress.headers.range, '0-4999')
  t.equal(progress.headers['docker-upload-uuid'], begun.headers['docker-upload-uuid'])

  const done = await request(
    'PUT',
    `${locationOf(patched)}?digest=${encodeURIComponent(blob.digest)}`,
  )
  t.equal(done.status, 201)
  t.equal(done.headers.location, `/v2/a/blobs/${blob.digest}`)
  t.equal(done.headers['docker-content-digest'], blob.digest)
  t.ok((await request('GET', locationOf(done))).body.equals(blob.bytes))
  for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
    const answer = await request(method, `${locationOf(begun)}?digest=${blob.digest}`)
    t.same(codesOf(answer), ['BLOB_UPLOAD_UNKNOWN'], `${method} after the end`)
    t.equal(answer.status, 404)
  }
})

t.test('a whole blob in one PUT, with and without a length, of every odd type', async (t) => {
  const { request } = await startRegistry(t)
  for (const type of ['application/octet-stream', 'application/json', 'nonsense', 'a/b; =;', '']) {
    const blob = randomContent(300)
    const begun = await request('POST', '/v2/a/blobs/uploads')
    const body = type === '' ? Readable.from([blob.bytes]) : blob.bytes
    const done = await request('PUT', `${locationOf(begun)}?digest=${blob.digest}`, {
      headers: type === '' ? {} : { 'content-type': type },
      body,
    })
    t.equal(done.status, 201, type)
  }
})

t.test('a whole blob in one POST, an empty one too', async (t) => {
  const { request } = await startRegistry(t)
  const empty = contentOf('')
  for (const body of [undefined, Readable.from([])]) {
    const answer = await request(
      'POST',
      `/v2/a/blobs/uploads/?digest=${empty.digest}`,
      body ? { body } : {},
    )
    t.equal(answer.status, 201)
  }
  const wrong = await request('POST', `/v2/a/blobs/uploads/?digest=${empty.digest}`, { body: 'x' })
  t.equal(wrong.status, 400)
  t.same(codesOf(wrong), ['DIGEST_INVALID'])
})

t.test('chunks in order', async (t) => {
  const { request } = await startRegistry(t)
  for (const last of ['PATCH', 'PUT']) {
    const blob = randomContent(3067)
    let location = locationOf(await request('POST', '/v2/a/blobs/uploads/'))
    const chunk = (method: string, start: number, end: number, query = '') =>
      request(method, location + query, {
        headers: { 'content-range': `${start}-${end}` },
        body: blob.bytes.subarray(start, end + 1),
      })
    const outOfOrder = await chunk('PATCH', 1024, 2047)
    t.equal(outOfOrder.status, 416)
    t.equal(outOfOrder.headers.location, location)
    t.equal(outOfOrder.headers.range, '0-0')
    t.equal((await chunk('PATCH', 0, 1023)).headers.range, '0-1023')
    const gap = await chunk(last, 2048, 3066, `?digest=${blob.digest}`)
    t.equal(gap.status, 416, `${last} beyond the end`)
    t.equal(gap.headers.range, '0-1023')
    t.same(codesOf(gap), ['RANGE_INVALID'])
    location = locationOf(await chunk('PATCH', 1024, 2047))
    const rewind = await chunk('PATCH', 0, 1023)
    t.equal(rewind.status, 416, 'a chunk sent again')
    t.equal((await request('GET', `${location}?digest=${blob.digest}`)).headers.range, '0-2047')
    const query = last === 'PUT' ? `?digest=${blob.digest}` : ''
    const end = await chunk(last, 2048, 3066, query)
    t.equal(end.status, last === 'PUT' ? 201 : 202)
    if (last === 'PATCH') {
      t.equal((await request('PUT', `${location}?digest=${blob.digest}`)).status, 201)
    }
    t.ok((await request('GET', `/v2/a/blobs/${blob.digest}`)).body.equals(blob.bytes))
  }
})

t.test('a chunk that is not as long as it says changes nothing', async (t) => {
  const { request } = await startRegistry(t)
  const location = locationOf(await request('POST', '/v2/a/blobs/uploads/'))
  const send = (range: string, body: Buffer | Readable) =>
    request('PATCH', location, { headers: { 'content-range': range }, body })
  const cases: readonly (readonly [string, Buffer | Readable, number, string])[] = [
    ['0-9', Buffer.alloc(5), 400, 'SIZE_INVALID'],
    ['0-9', Buffer.alloc(11), 400, 'SIZE_INVALID'],
    ['0-9', Readable.from([Buffer.alloc(5)]), 400, 'SIZE_INVALID'],
    ['0-9', Readable.from([Buffer.alloc(11)]), 400, 'SIZE_INVALID'],
    ['bytes 0-9/10', Buffer.alloc(10), 416, 'RANGE_INVALID'],
    ['9-0', Buffer.alloc(10), 416, 'RANGE_INVALID'],
    ['x', Buffer.alloc(10), 416, 'RANGE_INVALID'],
  ]
  for (const [range, body, status, code] of cases) {
    const answer = await send(range, body)
    t.equal(answer.status, status, range)
    t.same(codesOf(answer), [code], range)
    t.equal((await request('GET', location)).headers.range, '0-0', 'nothing was kept')
  }
  t.equal((await send('0-9', Readable.from([Buffer.alloc(10)]))).status, 202)
})

t.test('a wrong digest is refused; one that is no digest may be tried again', async (t) => {
  const { request } = await startRegistry(t)
  const blob = randomContent()
  const location = locationOf(await request('POST', '/v2/a/blobs/uploads/'))
  await request('PATCH', location, { body: blob.bytes })
  const queries = [
    '',
    '?digest=',
    '?digest=sha256:x',
    '?digest=md5:aa',
    `?digest=${blob.digest}&digest=x`,
  ]
  for (const query of queries) {
    const answer = await request('PUT', location + query)
    t.equal(answer.status, 400, query)
    t.same(codesOf(answer), ['DIGEST_INVALID'], query)
  }
  t.equal((await request('GET', location)).headers.range, '0-511', 'the upload is still there')
  const wrong = await request('PUT', `${location}?digest=${randomContent().digest}`)
  t.same(codesOf(wrong), ['DIGEST_INVALID'])
  t.equal((await request('GET', location)).status, 404, 'content that lied is gone')
})

t.test('sha512, announced or not', async (t) => {
  const { request } = await startRegistry(t)
  const odd = await request('POST', '/v2/a/blobs/uploads/?digest-algorithm=md5')
  t.same(codesOf(odd), ['DIGEST_INVALID'])
  for (const query of ['', '?digest-algorithm=sha512']) {
    const blob = randomContent(4000, 'sha512')
    const location = locationOf(await request('POST', `/v2/a/blobs/uploads/${query}`))
    await request('PATCH', location, { body: blob.bytes })
    t.equal((await request('PUT', `${location}?digest=${blob.digest}`)).status, 201)
    const get = await request('GET', `/v2/a/blobs/${blob.digest}`)
    t.equal(get.headers['docker-content-digest'], blob.digest)
    const other = contentOf(blob.bytes).digest
    t.equal(
      (await request('HEAD', `/v2/a/blobs/${other}`)).status,
      404,
      'identity goes by algorithm',
    )
  }
})

t.test('cancelling', async (t) => {
  const { request } = await startRegistry(t)
  const location = locationOf(await request('POST', '/v2/a/blobs/uploads/'))
  await request('PATCH', location, { body: 'abc' })
  const gone = await request('DELETE', location)
  t.equal(gone.status, 204)
  t.equal(gone.body.length, 0)
  t.equal((await request('DELETE', location)).status, 404)
})

t.test('an upload is unknown through another repository', async (t) => {
  const { request } = await startRegistry(t)
  const blob = randomContent()
  const begun = await request('POST', '/v2/a/blobs/uploads/')
  const there = `/v2/b/blobs/uploads/${begun.headers['docker-upload-uuid']}`
  for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
    const body = method.startsWith('P') ? { body: 'x' } : {}
    const answer = await request(method, `${there}?digest=${blob.digest}`, body)
    t.equal(answer.status, 404, method)
  }
  t.equal((await request('GET', locationOf(begun))).headers.range, '0-0', 'and is as it was')
  const never = await request('GET', `/v2/a/blobs/uploads/${randomUUID()}`)
  t.same(codesOf(never), ['BLOB_UPLOAD_UNKNOWN'])
})

t.test('a mount that cannot be is an upload', async (t) => {
  const { request } = await startRegistry(t)
  const blob = await pushBlob(request, 'source', randomContent())
  const missing = randomContent()
  const cases: readonly (readonly [string, number])[] = [
    [`mount=${missing.digest}&from=source`, 202],
    [`mount=${missing.digest}`, 202],
    [`mount=${blob.digest}&from=nowhere`, 202],
    [`mount=${blob.digest}&from=BAD%2F..`, 202],
    ['mount=sha256:x&from=source', 202],
    ['mount=', 202],
    [`mount=${blob.digest}`, 201],
    [`mount=${encodeURIComponent(blob.digest)}&from=source&origin=x`, 201],
  ]
  for (const [index, [query, status]] of cases.entries()) {
    const answer = await request('POST', `/v2/target${index}/blobs/uploads/?${query}`)
    t.equal(answer.status, status, query)
    if (status === 202) {
      const other = randomContent()
      const put = await request('PUT', `${locationOf(answer)}?digest=${other.digest}`, {
        body: other.bytes,
      })
      t.equal(put.status, 201, 'which can be used')
    }
  }
  const both = `mount=${missing.digest}&from=nowhere2&digest=${contentOf('both').digest}`
  const whole = await request('POST', `/v2/target/blobs/uploads/?${both}`, { body: 'both' })
  t.equal(whole.status, 201, 'mount first, then the body')
})

t.test('an upload goes on after a restart', async (t) => {
  const first = await startRegistry(t)
  const blob = randomContent(100_000)
  const location = locationOf(await first.request('POST', '/v2/a/blobs/uploads/'))
  await first.request('PATCH', location, { body: blob.bytes.subarray(0, 60_000) })
  await first.stop()
  const { request } = await startRegistry(t, { root: first.root })
  t.equal((await request('GET', location)).headers.range, '0-59999')
  const done = await request('PUT', `${location}?digest=${blob.digest}`, {
    headers: { 'content-range': '60000-99999' },
    body: blob.bytes.subarray(60_000),
  })
  t.equal(done.status, 201)
  t.ok((await request('GET', `/v2/a/blobs/${blob.digest}`)).body.equals(blob.bytes))
})
