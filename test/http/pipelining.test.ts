import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { contentOf, imageOf, pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

/** Writes requests in one piece; gives what came back once there are as many answers. */
async function pipeline(t: Test, port: number, requests: readonly string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.write(requests.join(''))
  const answers = () => text.split(/(?=HTTP\/1\.1 )/)
  const deadline = performance.now() + 5000
  while (answers().length < requests.length && performance.now() < deadline) await sleep(5)
  await sleep(20)
  return answers()
}

function request(method: string, path: string, body = ''): string {
  return `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

const heads = (answers: readonly string[]) =>
  answers.map((answer) => [answer.slice(9, 12), /^range: (.*)\r$/m.exec(answer)?.[1]])

t.test('requests on one connection take effect in the order they were sent', async (t) => {
  const { request: client, port } = await startRegistry(t)
  const { headers } = await client('POST', '/v2/team/app/blobs/uploads/')
  const upload = headers.location as string
  const content = contentOf('abcdef')
  const answers = await pipeline(t, port, [
    request('PATCH', upload, 'abc'),
    request('GET', upload),
    request('GET', upload),
    request('PATCH', upload, 'def'),
    request('GET', upload),
    request('PUT', `${upload}?digest=${content.digest}`),
    request('HEAD', `/v2/team/app/blobs/${content.digest}`),
    request('GET', upload),
    request('DELETE', `/v2/team/app/blobs/${content.digest}`),
    request('HEAD', `/v2/team/app/blobs/${content.digest}`),
  ])
  t.strictSame(heads(answers), [
    ['202', '0-2'],
    ['204', '0-2'],
    ['204', '0-2'],
    ['202', '0-5'],
    ['204', '0-5'],
    ['201', undefined],
    ['200', undefined],
    ['404', undefined],
    ['202', undefined],
    ['404', undefined],
  ])
})

t.test('a manifest sent right behind its last blob finds it', async (t) => {
  const { request: client, port } = await startRegistry(t)
  const config = await pushBlob(client, 'team/app', randomContent(64))
  const layer = contentOf('layer')
  const image = imageOf(config, [layer]).bytes.toString()
  const answers = await pipeline(t, port, [
    request('POST', `/v2/team/app/blobs/uploads/?digest=${layer.digest}`, 'layer'),
    request('PUT', '/v2/team/app/manifests/v1', image),
    request('HEAD', '/v2/team/app/manifests/v1'),
  ])
  t.strictSame(
    heads(answers).map(([status]) => status),
    ['201', '201', '200'],
  )
})

t.test('twenty at once are served without a warning', async (t) => {
  const { request: client, port } = await startRegistry(t)
  const warnings: Error[] = []
  const warn = (warning: Error) => warnings.push(warning)
  process.on('warning', warn)
  t.teardown(() => process.off('warning', warn))
  const { headers } = await client('POST', '/v2/team/app/blobs/uploads/')
  const upload = headers.location as string
  const patches = Array.from({ length: 20 }, () => request('PATCH', upload, 'x'))
  const looks = Array.from({ length: 20 }, () => request('GET', upload))
  const answers = await pipeline(t, port, [...patches, ...looks])
  t.strictSame(
    heads(answers).map(([, range]) => range),
    Array.from({ length: 40 }, (_, index) => `0-${Math.min(index, 19)}`),
  )
  t.strictSame(warnings, [])
})

t.test('what waits on a connection that breaks does not wait for ever', async (t) => {
  const { request: client, port, root } = await startRegistry(t)
  const { headers } = await client('POST', '/v2/team/app/blobs/uploads/')
  const upload = headers.location as string
  const slow = connect(port, '127.0.0.1')
  slow.write(request('PATCH', upload, 'abc').slice(0, -1))
  await sleep(50)
  const broken = connect(port, '127.0.0.1')
  const patch = request('PATCH', upload, 'def')
  broken.write(patch + patch + request('DELETE', upload))
  await sleep(50)
  // Asking for it would end the body that stands still.
  t.equal(readdirSync(join(root, 'uploads')).length, 1)
  broken.destroy()
  slow.end('c')
  const deadline = performance.now() + 5000
  const isGone = async () => (await client('GET', upload)).status === 404
  while (!(await isGone()) && performance.now() < deadline) await sleep(10)
  t.ok(await isGone(), 'the DELETE that waited was carried out')
})
