import { mock } from 'node:test'
import t from 'tap'
import { createAdmission } from '../../../src/server/front-door/limits.ts'
import { createRefusalReport } from '../../../src/server/front-door/report.ts'

const minute = 60_000

t.test(
  'refused connections are told of at once, then once a minute with their number',
  async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const lines: unknown[] = []
    const report = createRefusalReport({ warn: (line: unknown) => void lines.push(line) })
    const refuse = (client: string) => report.onRefused('http.maxConnections', client)

    refuse('192.0.2.1')
    t.match(lines, [{ refused: 1, limit: 'http.maxConnections', client: '192.0.2.1' }])
    for (let n = 2; n <= 100; n++) refuse(`192.0.2.${n}`)
    mock.timers.tick(minute - 1)
    t.equal(lines.length, 1)
    mock.timers.tick(1)
    t.match(lines[1], { refused: 99, client: '192.0.2.100' })
    mock.timers.tick(5 * minute)
    t.equal(lines.length, 2, 'nothing is said when there was nothing')
    refuse('192.0.2.1')
    t.match(lines[2], { refused: 1 })
    report.stop()
    mock.timers.tick(5 * minute)
    t.equal(lines.length, 3, 'nothing after the end')
  },
)

t.test('an address is one however it is written, and what ends makes room', async (t) => {
  const refused: unknown[] = []
  const { admit } = createAdmission(
    { maxConnections: 3, maxConnectionsPerAddress: 2, trustedProxies: ['2001:db8::/32'] },
    (...args) => void refused.push(args),
  )
  const first = admit('192.0.2.1')
  t.ok(admit('::ffff:192.0.2.1'))
  t.equal(admit('192.0.2.1'), undefined)
  t.ok(admit('2001:db8::1'))
  t.equal(admit('2001:db8::1'), undefined)
  t.same(refused, [
    ['http.maxConnectionsPerAddress', '192.0.2.1'],
    ['http.maxConnections', '2001:db8::1'],
  ])
  first?.()
  t.ok(admit('::FFFF:192.0.2.1'), 'as one of the same address ended')
  t.equal(admit(undefined), undefined, 'whose address is not known counts, too')
})
