import t from 'tap'
import { pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'
import { closesWithin, openWire, until } from '../helpers/wire.ts'

// Nearly all the time is waiting.
t.jobs = 4

for (const framing of [`content-length: ${2 ** 40}`, 'transfer-encoding: chunked']) {
  t.test(`an endless body sent along with a pull is not read to its end, ${framing}`, async (t) => {
    const { port, request } = await startRegistry(t)
    const blob = await pushBlob(request, 'a', randomContent(3_000_000))
    const get = `GET /v2/a/blobs/${blob.digest} HTTP/1.1\r\nhost: x\r\n`
    const { socket, text, closed } = await openWire(port)
    socket.write(`${get}${framing}\r\n\r\n`)
    if (framing.startsWith('transfer')) socket.write(`${(2 ** 40).toString(16)}\r\n`)
    const chunk = Buffer.alloc(1024 * 1024)
    let accepted = 0
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk)) accepted += chunk.length
    }
    socket.on('drain', pour)
    pour()
    await closed
    t.ok(accepted < 64 * 1024 * 1024, `${accepted} bytes were taken`)
    const [head = '', body = ''] = text().split('\r\n\r\n', 2)
    t.match(head, /^HTTP\/1\.1 200 .*\r\nconnection: close/is)
    t.ok(text().endsWith(blob.bytes.toString('latin1')), `${body.length} bytes came`)
  })
}

t.test('a short body sent along with a pull leaves the connection usable', async (t) => {
  const { port, request } = await startRegistry(t)
  const blob = await pushBlob(request, 'a', randomContent(100))
  const { socket, text } = await openWire(port)
  for (let n = 1; n <= 2; n++) {
    socket.write(`GET /v2/a/blobs/${blob.digest} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n`)
    t.ok(await until(() => text().split('HTTP/1.1 200').length === n + 1), 'the answer comes first')
    socket.write('some body')
  }
  socket.destroy()
})

t.test('a body announced with a pull that never comes is not waited for', async (t) => {
  const { port } = await startRegistry(t)
  const silent = await openWire(port)
  silent.socket.write('GET /v2/ HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n')
  t.ok(await closesWithin(silent, 5000))
  t.match(silent.text(), /^HTTP\/1\.1 200 /)
})
