import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { codesOf } from '../helpers/client.ts'
import { pushBlob, randomContent } from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

for (const workers of ['1', '2']) {
  t.test(
    `too many requests of one address are answered 429, by ${workers} processes`,
    async (t) => {
      const { request } = await startRegistry(t, {
        env: {
          LAYERHOUSE_HTTP_WORKERS: workers,
          LAYERHOUSE_LIMITS_REQUESTS_PER_SECOND: '5',
          LAYERHOUSE_LIMITS_REQUEST_BURST: '20',
          LAYERHOUSE_HTTP_TRUSTED_PROXIES: '127.0.0.1',
        },
      })
      const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
      const statuses: number[] = []
      for (let count = 0; count < 60; count++) {
        statuses.push((await request('GET', '/v2/', from('192.0.2.1'))).status)
      }
      const passed = statuses.filter((status) => status === 200).length
      t.ok(passed >= 20 && passed <= 32, `${passed} went through`)
      const refused = await request('PUT', '/v2/a/manifests/b', { ...from('192.0.2.1'), body: 'x' })
      t.equal(refused.status, 429)
      t.same(codesOf(refused), ['TOOMANYREQUESTS'])
      t.equal(refused.headers['retry-after'], '1')
      t.equal(refused.headers['x-content-type-options'], 'nosniff')
      const problem = await request('GET', '/api/v1/repositories', from('192.0.2.1'))
      t.equal(problem.json<{ code: string }>().code, 'TOOMANYREQUESTS')
      t.equal((await request('GET', '/healthz', from('192.0.2.1'))).status, 200, 'probes go on')
      t.equal((await request('GET', '/readyz', from('192.0.2.1'))).status, 200)
      t.equal((await request('GET', '/v2/', from('192.0.2.2'))).status, 200, 'others go on')
      await sleep(2000)
      t.equal(
        (await request('GET', '/v2/', from('192.0.2.1'))).status,
        200,
        'and so does it, later',
      )
    },
  )

  t.test(`pulls of one client share its bandwidth, over ${workers} processes`, async (t) => {
    const { request } = await startRegistry(t, {
      env: {
        LAYERHOUSE_HTTP_WORKERS: workers,
        LAYERHOUSE_LIMITS_BANDWIDTH: '1MB',
        LAYERHOUSE_HTTP_IDLE_TIMEOUT: '200ms',
        LAYERHOUSE_HTTP_MIN_RATE: '2MB',
        LAYERHOUSE_HTTP_MIN_RATE_WINDOW: '1s',
      },
    })
    const { digest, bytes } = await pushBlob(request, 'a', randomContent(1_000_000))
    const begun = performance.now()
    const pulls = await Promise.all([0, 1, 2].map(() => request('GET', `/v2/a/blobs/${digest}`)))
    const seconds = (performance.now() - begun) / 1000
    for (const { status, body } of pulls) t.same([status, body.equals(bytes)], [200, true])
    t.ok(seconds > 2.4 && seconds < 6, `3 MB at 1 MB/s took ${seconds} s`)
  })
}
