import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import t from 'tap'
import { errorTable } from '../../src/oci/errors.ts'
import { pushImage } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

const rounds = 4000
const seed = 20_260_101

/** Numbers that look random and are the same in each run (xorshift). */
function createDice(start: number) {
  let state = start
  return (sides: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % sides
  }
}

const digest = `sha256:${'a'.repeat(64)}`
const uuid = '00000000-0000-4000-8000-000000000000'

/** What requests are put together from: right, nearly right and hostile pieces. */
const pieces = {
  method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'],
  start: [
    '/v2/',
    '/v2',
    '/v2//',
    '/v1/',
    '/',
    '//',
    '/V2/',
    '/v2/../',
    '/v2/%2e%2e/',
    '*',
    'http://x/v2/',
  ],
  name: [
    'a',
    'team/app',
    'A',
    'a..b',
    '%61',
    'a%2fb',
    'a%00',
    '..',
    'blobs',
    'x'.repeat(300),
    'ä',
    '%zz',
    '%ff',
    '',
  ],
  noun: [
    'manifests',
    'blobs',
    'tags',
    'referrers',
    'blobs/uploads',
    '_catalog',
    'uploads',
    'search',
    '',
  ],
  last: [
    'latest',
    'v1',
    digest,
    digest.toUpperCase(),
    `sha512:${'b'.repeat(128)}`,
    'sha256:',
    'md5:x',
    'list',
    uuid,
    '..%2f..%2fetc%2fpasswd',
    '__proto__',
    '',
    '%',
    'x'.repeat(200),
  ],
  query: [
    '',
    '?',
    '?n=1',
    '?n=-1',
    '?n=1&n=2',
    '?n[]=1',
    `?digest=${digest}`,
    '?digest=x&digest=y',
    '?digest[a]=b',
    `?mount=${digest}&from=..`,
    '?tag=a&tag=%00',
    '?last=%00%ff',
    '?artifactType=',
    '?__proto__=x',
    '?q=%25_%27--',
    '?digest-algorithm=constructor',
    '?%',
  ],
  type: [
    'application/json',
    'application/vnd.oci.image.manifest.v1+json',
    'text/html',
    'x',
    '',
    'multipart/form-data',
    'application/json; charset=\u00ff',
  ],
  range: [
    '',
    '0-0',
    '0-3',
    '5-1',
    'bytes=0-',
    'bytes=-1,-1',
    '-',
    '99999999999999999999-1',
    'bytes=0-0,',
    'x',
  ],
  body: [
    '',
    '{}',
    '[]',
    'null',
    '{"schemaVersion":2}',
    '{"schemaVersion":2,"config":{},"layers":[{}]}',
    '[[[[',
    '\u0000\u00ff',
    '"x"',
    '{"__proto__":{"x":1}}',
  ],
} as const

function makeRequest(dice: (sides: number) => number): { method: string; text: string } {
  const pick = (from: keyof typeof pieces): string => {
    const list = pieces[from]
    return list[dice(list.length)] as string
  }
  const method = pick('method')
  const path = `${pick('start')}${pick('name')}/${pick('noun')}/${pick('last')}${pick('query')}`
  const body = Buffer.from(pick('body'), 'latin1')
  const headers = [
    'host: x',
    'connection: close',
    `content-type: ${pick('type')}`,
    `content-range: ${pick('range')}`,
    `range: ${pick('range')}`,
    `accept: ${pick('type')}`,
    `if-none-match: ${pick('last')}`,
    `content-length: ${body.length}`,
  ]
  const head = `${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`
  return { method, text: head + body.toString('latin1') }
}

function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')))
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

/** What is wrong with an answer; `undefined` for a good one. */
function faultOf(method: string, answer: string): string | undefined {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
  if (!(status >= 200 && status < 500)) return `status ${status}`
  if (status < 400 || method === 'HEAD') return undefined
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  try {
    const { errors } = JSON.parse(body) as { errors: readonly { code: string }[] }
    if (errors.length > 0 && errors.every(({ code }) => Object.hasOwn(errorTable, code)))
      return undefined
  } catch {
    // Told below.
  }
  return `no error in the OCI shape: ${body.slice(0, 100)}`
}

t.test(`${rounds} requests of all kinds get an answer that is no failure`, async (t) => {
  const { port, request, root, log } = await startRegistry(t)
  const { manifest } = await pushImage(request, 'team/app', 'v1')
  const dice = createDice(seed)
  const faults: string[] = []
  for (let done = 0; done < rounds; done += 20) {
    const batch = Array.from({ length: 20 }, () => makeRequest(dice))
    await Promise.all(
      batch.map(async ({ method, text }) => {
        const fault = faultOf(method, await exchange(port, text))
        if (fault) faults.push(`${fault}\n${text}`)
      }),
    )
  }
  t.same(faults.slice(0, 5), [], `${faults.length} faults`)
  t.same(
    log.filter(({ level }) => Number(level) >= 50),
    [],
    'nothing failed inside either',
  )
  t.same(
    readdirSync(root).filter(
      (name) => !/^(blobs|uploads|keys|lock|metadata\.db(-\w+)?)$/.test(name),
    ),
    [],
  )
  const still = await request('GET', `/v2/team/app/manifests/${manifest.digest}`)
  t.ok(still.body.equals(manifest.bytes), 'what was there is there')
})
