import { createServer } from 'node:net'
import { mock } from 'node:test'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { installConnectionLimits } from '../../../src/plugins/connection-limits.ts'

const minute = 60_000

t.test(
  'refused connections are told of at once, then once a minute with their number',
  async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const lines: unknown[] = []
    const server = createServer()
    const app = { server, addHook: () => app, log: { warn: (line: unknown) => lines.push(line) } }
    installConnectionLimits(app as unknown as FastifyInstance, {
      maxConnections: 1,
      maxConnectionsPerAddress: 0,
      trustedProxies: [],
    })
    const refuse = (client: string) => server.emit('drop', { remoteAddress: client })

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
  },
)
