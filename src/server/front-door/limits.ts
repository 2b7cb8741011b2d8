import { BlockList, isIPv6 } from 'node:net'

/** How many connections may be open at the same time; 0 sets no limit. */
export interface ConnectionLimits {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  /** Addresses and CIDR networks; they speak for many clients, so that only the total holds for them. */
  readonly trustedProxies: readonly string[]
}

/** Told of a refused connection: the limit, as the configuration names it, and who it was. */
export type OnRefused = (limit: string, client: string) => void

/** Counts connections. */
export interface Admission {
  /** What to call when the connection ends; `undefined` if it is one too many. */
  admit(remoteAddress: string | undefined): (() => void) | undefined
}

/** IPv4 clients of a server that listens on `::` are known by their IPv4 address. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
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

export function createAdmission(limits: ConnectionLimits, onRefused: OnRefused): Admission {
  const { maxConnections, maxConnectionsPerAddress } = limits
  const isProxy = createProxyCheck(limits.trustedProxies)
  const byAddress = new Map<string, number>()
  let open = 0

  function broken(address: string): string | undefined {
    if (maxConnections > 0 && open >= maxConnections) return 'http.maxConnections'
    if (maxConnectionsPerAddress === 0 || isProxy(address)) return undefined
    const full = (byAddress.get(address) ?? 0) >= maxConnectionsPerAddress
    return full ? 'http.maxConnectionsPerAddress' : undefined
  }

  function release(address: string): void {
    open -= 1
    const left = (byAddress.get(address) ?? 1) - 1
    if (left === 0) byAddress.delete(address)
    else byAddress.set(address, left)
  }

  return {
    admit(remoteAddress = '') {
      const address = plainAddress(remoteAddress)
      const limit = broken(address)
      if (limit !== undefined) {
        onRefused(limit, address)
        return undefined
      }
      open += 1
      byAddress.set(address, (byAddress.get(address) ?? 0) + 1)
      return () => release(address)
    },
  }
}
