import t from 'tap'
import { startRegistry, type TestRegistry } from '../helpers/registry.ts'
import { closesWithin, openWire, until, type Wire } from '../helpers/wire.ts'

interface Case {
  readonly what: string
  readonly env: Readonly<Record<string, string>>
  /** How many of six connections stay open, and which limit the log names. */
  readonly kept: number
  readonly limit?: string
}

const cases: readonly Case[] = [
  { what: 'no limits', env: { MAX_CONNECTIONS: '0', MAX_CONNECTIONS_PER_ADDRESS: '0' }, kept: 6 },
  {
    what: 'a limit for all',
    env: { MAX_CONNECTIONS: '4', MAX_CONNECTIONS_PER_ADDRESS: '0' },
    kept: 4,
    limit: 'http.maxConnections',
  },
  {
    what: 'a limit for one address',
    env: { MAX_CONNECTIONS: '0', MAX_CONNECTIONS_PER_ADDRESS: '3' },
    kept: 3,
    limit: 'http.maxConnectionsPerAddress',
  },
  {
    what: 'a limit for one address, but this is a proxy',
    env: { MAX_CONNECTIONS_PER_ADDRESS: '3', TRUSTED_PROXIES: '10.0.0.1,127.0.0.0/8' },
    kept: 6,
  },
  {
    what: 'a limit for one address and another proxy',
    env: { MAX_CONNECTIONS_PER_ADDRESS: '3', TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8' },
    kept: 3,
    limit: 'http.maxConnectionsPerAddress',
  },
  {
    what: 'both limits, a proxy',
    env: { MAX_CONNECTIONS: '5', MAX_CONNECTIONS_PER_ADDRESS: '3', TRUSTED_PROXIES: '127.0.0.1' },
    kept: 5,
    limit: 'http.maxConnections',
  },
]

async function ask(wire: Wire): Promise<boolean> {
  const before = wire.text().length
  wire.socket.write('GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n')
  await until(() => wire.text().length > before || wire.socket.destroyed)
  return wire.text().slice(before).startsWith('HTTP/1.1 200')
}

function refusals({ log }: TestRegistry): readonly Record<string, unknown>[] {
  return log.filter(({ msg }) => String(msg).startsWith('connections were refused'))
}

for (const { what, env, kept, limit } of cases) {
  t.test(`connections over a limit are closed at once: ${what}`, async (t) => {
    const named = Object.entries(env).map(([key, value]) => [`LAYERHOUSE_HTTP_${key}`, value])
    const registry = await startRegistry(t, { env: Object.fromEntries(named) })
    const wires: Wire[] = []
    const answered: boolean[] = []
    for (let n = 0; n < 6; n++) {
      const wire = await openWire(registry.port)
      wires.push(wire)
      answered.push(await ask(wire))
    }
    t.same(answered, [...Array(kept).fill(true), ...Array(6 - kept).fill(false)])
    for (const wire of wires.slice(kept)) t.ok(await closesWithin(wire, 1000))
    t.ok(await ask(wires[0] as Wire), 'those within it work on')

    if (limit === undefined) t.same(refusals(registry), [])
    else t.match(refusals(registry), [{ refused: 1, limit, client: '127.0.0.1', level: 40 }])
    t.equal(refusals(registry).length, limit ? 1 : 0, 'one line, however many there are')

    wires[0]?.socket.destroy()
    await wires[0]?.closed
    await until(() => false, 50)
    const next = await openWire(registry.port)
    t.ok(await ask(next), 'one that ends makes room')
    for (const { socket } of [...wires, next]) socket.destroy()
  })
}
