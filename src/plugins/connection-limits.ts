import { BlockList, isIPv6, type Server, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How many connections may be open at the same time; 0 sets no limit. */
export interface ConnectionLimits {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  /** Addresses and CIDR networks; they speak for many clients, so that only the total holds for them. */
  readonly trustedProxies: readonly string[]
}

/** Milliseconds between two lines about refused connections. */
const logEvery = 60_000

/** IPv4 clients of a server that listens on `::` are known by their IPv4 address. */
function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '')
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

function createProxyCheck(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/')
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return (address) => list.check(address, familyOf(address))
}

/** Counts refused connections and tells of them at most once a minute, the first at once. */
function createReport(app: FastifyInstance) {
  let refused = 0
  let last: { readonly limit: string; readonly client: string | undefined } | undefined
  let timer: NodeJS.Timeout | undefined

  function write(): void {
    timer = undefined
    if (refused === 0) return
    app.log.warn({ refused, ...last }, 'connections were refused: too many are open')
    refused = 0
    timer = setTimeout(write, logEvery)
    timer.unref()
  }

  app.addHook('onClose', async () => clearTimeout(timer))
  return (limit: string, client: string | undefined): void => {
    refused += 1
    last = { limit, client }
    if (timer === undefined) write()
  }
}

/** Closes connections over the limits as soon as they come. */
export function installConnectionLimits(app: FastifyInstance, limits: ConnectionLimits): void {
  const { maxConnections, maxConnectionsPerAddress } = limits
  const server: Server = app.server
  const report = createReport(app)
  if (maxConnections > 0) {
    server.maxConnections = maxConnections
    server.on('drop', (dropped) => report('http.maxConnections', dropped?.remoteAddress))
  }
  if (maxConnectionsPerAddress === 0) return
  const isProxy = createProxyCheck(limits.trustedProxies)
  const open = new Map<string, number>()

  server.on('connection', (socket) => {
    const address = addressOf(socket)
    if (isProxy(address)) return
    const count = (open.get(address) ?? 0) + 1
    if (count > maxConnectionsPerAddress) {
      report('http.maxConnectionsPerAddress', address)
      socket.destroy()
      return
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}
