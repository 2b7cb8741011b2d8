import { connect } from 'node:tls'
import t from 'tap'
import { contentOf } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { makeTestCertificates, secureRequest } from '../../helpers/tls.ts'
import { until } from '../../helpers/wire.ts'

t.test('over TLS a download that stops is cut, and one that goes on is not', async (t) => {
  const { ca, env } = await makeTestCertificates(t)
  const { port, log } = await startRegistry(t, {
    env: {
      ...env,
      LAYERHOUSE_HTTP_IDLE_TIMEOUT: '5m',
      LAYERHOUSE_HTTP_MIN_RATE: '1MB',
      LAYERHOUSE_HTTP_MIN_RATE_WINDOW: '1s',
    },
  })
  const content = contentOf(Buffer.alloc(20_000_000, 7))
  const path = `/v2/a/blobs/uploads/?digest=${content.digest}`
  const headers = { 'content-length': content.size }
  await secureRequest(port, path, { ca, method: 'POST', body: content.bytes, headers })

  const request = `GET /v2/a/blobs/${content.digest} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`
  const letGo = () => log.filter(({ msg }) => /too slow and is let go/.test(`${msg}`)).length

  const stopped = connect({ host: '127.0.0.1', port, ca })
  t.teardown(() => stopped.destroy())
  stopped.on('error', () => {})
  stopped.write(request)
  stopped.once('data', () => stopped.pause())

  // Some 4 MB a second: longer than any window, and more than the least rate.
  const steady = connect({ host: '127.0.0.1', port, ca })
  let taken = 0
  steady.write(request)
  steady.on('data', (chunk: Buffer) => {
    taken += chunk.length
    steady.pause()
    setTimeout(() => steady.resume(), chunk.length / 4000)
  })
  await new Promise((resolve) => steady.once('close', resolve))
  t.ok(taken > content.size, `${taken} bytes, all of it`)
  t.ok(await until(() => letGo() > 0, 20_000), 'the other one is let go')
  t.equal(letGo(), 1)
})
