import t, { type Test } from 'tap'
import { codesOf } from '../helpers/client.ts'
import { pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

const large = 3 * 1024 * 1024 + 17

t.test('a blob comes back as it was pushed', async (t) => {
  const { request } = await startRegistry(t)
  for (const [size, algorithm] of [
    [0, 'sha256'],
    [1, 'sha256'],
    [large, 'sha256'],
    [1000, 'sha512'],
  ] as const) {
    const blob = await pushBlob(request, 'team/app', randomContent(size, algorithm))
    const path = `/v2/team/app/blobs/${blob.digest}`
    const head = await request('HEAD', path)
    t.equal(head.status, 200)
    t.equal(head.headers['content-length'], String(size), 'HEAD tells the length, 0 too')
    t.equal(head.headers['docker-content-digest'], blob.digest)
    const get = await request('GET', path, { headers: { 'accept-encoding': 'gzip, zstd' } })
    t.equal(get.status, 200)
    t.ok(get.body.equals(blob.bytes), `${size} bytes`)
    t.match(get.headers, {
      'content-length': String(size),
      'content-type': 'application/octet-stream',
      'docker-content-digest': blob.digest,
      etag: `"${blob.digest}"`,
      'accept-ranges': 'bytes',
      'cache-control': /immutable/,
      'content-disposition': 'attachment',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    t.equal(get.headers['content-encoding'], undefined)
  }
})

async function checkRanges(t: Test, size: number): Promise<void> {
  const { request } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(size))
  const path = `/v2/a/blobs/${blob.digest}`
  const part = (range: string) => request('GET', path, { headers: { range } })

  const good: readonly (readonly [string, number, number])[] = [
    ['bytes=500-1499', 500, 1499],
    ['bytes=500-', 500, size - 1],
    ['bytes=-500', size - 500, size - 1],
    [`bytes=${size - 48}-${size + 3000}`, size - 48, size - 1],
    ['bytes=0-0', 0, 0],
  ]
  for (const [range, start, end] of good) {
    const answer = await part(range)
    t.equal(answer.status, 206, range)
    t.equal(answer.headers['content-range'], `bytes ${start}-${end}/${size}`, range)
    t.equal(answer.headers['content-length'], String(end - start + 1), range)
    t.ok(answer.body.equals(blob.bytes.subarray(start, end + 1)), range)
  }
  for (const range of ['bytes=500-0', `bytes=${size}-${size + 9}`, 'bytes=-0']) {
    const answer = await part(range)
    t.equal(answer.status, 416, range)
    t.equal(answer.headers['content-range'], `bytes */${size}`, range)
    t.same(codesOf(answer), ['RANGE_INVALID'])
    t.equal(answer.headers['content-length'], String(answer.body.length))
  }
  for (const range of ['bytes=x', 'lines=1-2', 'bytes=1-2,x']) {
    const answer = await part(range)
    t.equal(answer.status, 200, range)
    t.ok(answer.body.equals(blob.bytes), range)
  }
  const head = await request('HEAD', path, { headers: { range: 'bytes=0-9' } })
  t.equal(head.status, 200, 'HEAD ignores ranges')
  t.equal(head.headers['content-length'], String(size))
  const many = await part(`bytes=${Array(600).fill('0-0').join(',')}`)
  t.equal(many.status, 400)
}

// The one lies in memory, the other is read from its file.
for (const size of [2048, 200_048]) {
  t.test(`ranges of ${size} bytes`, (t) => checkRanges(t, size))
}

t.test('several ranges are answered one part each, in the order asked for', async (t) => {
  const { request } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(large))
  const wanted = [
    [50, 59],
    [0, 9],
    [5, 1_500_000],
    [large - 1, large - 1],
  ] as const
  const range = `bytes=${wanted.map(([start, end]) => `${start}-${end}`).join(',')}`
  const answer = await request('GET', `/v2/a/blobs/${blob.digest}`, { headers: { range } })
  t.equal(answer.status, 206)
  t.equal(answer.headers['content-length'], String(answer.body.length))
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(
    String(answer.headers['content-type']),
  )?.[1]
  t.ok(boundary)
  let rest = answer.body
  for (const [start, end] of wanted) {
    const head = rest.indexOf('\r\n\r\n')
    const lines = rest.subarray(0, head).toString()
    t.match(lines, `--${boundary}`)
    t.match(lines, `content-range: bytes ${start}-${end}/${large}`)
    const body = rest.subarray(head + 4, head + 4 + end - start + 1)
    t.ok(body.equals(blob.bytes.subarray(start, end + 1)), `${start}-${end}`)
    rest = rest.subarray(head + 4 + end - start + 1)
  }
  t.equal(rest.toString(), `\r\n--${boundary}--\r\n`)
})

t.test('conditions', async (t) => {
  const { request } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(100))
  const path = `/v2/a/blobs/${blob.digest}`
  const etag = `"${blob.digest}"`
  for (const header of [etag, blob.digest, `W/${etag}`, `"x", ${etag}`, '*']) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await request(method, path, { headers: { 'if-none-match': header } })
      t.equal(answer.status, 304, `${method} ${header}`)
      t.equal(answer.headers.etag, etag)
      t.equal(answer.headers['docker-content-digest'], blob.digest)
      t.equal(answer.body.length, 0)
    }
  }
  const other = await request('GET', path, { headers: { 'if-none-match': '"sha256:other"' } })
  t.equal(other.status, 200)
  const same = await request('GET', path, { headers: { range: 'bytes=0-9', 'if-range': etag } })
  t.equal(same.status, 206)
  const changed = await request('GET', path, { headers: { range: 'bytes=0-9', 'if-range': '"x"' } })
  t.equal(changed.status, 200)
  t.equal(changed.body.length, 100)
})

t.test('a blob belongs to the repositories it was pushed or mounted to', async (t) => {
  const { request } = await startRegistry(t)
  const blob = await pushBlob(request, 'one', randomContent())
  const at = (name: string) => `/v2/${name}/blobs/${blob.digest}`
  for (const method of ['GET', 'HEAD', 'DELETE']) {
    t.equal((await request(method, at('two'))).status, 404, method)
  }
  const mount = await request('POST', `/v2/two/blobs/uploads/?mount=${blob.digest}&from=one`)
  t.equal(mount.status, 201)
  t.equal(mount.headers.location, at('two'))
  t.equal(mount.headers['docker-content-digest'], blob.digest)
  t.equal((await request('DELETE', at('two'))).status, 202)
  for (const method of ['GET', 'HEAD', 'DELETE']) {
    t.equal((await request(method, at('two'))).status, 404, `${method} after DELETE`)
  }
  t.ok((await request('GET', at('one'))).body.equals(blob.bytes), 'the other repository keeps it')
})
