import { isIPv6 } from 'node:net'

/** The first four groups of an IPv6 address: what one household or company has at least. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const zeros = Math.max(0, 8 - before.length - after.length)
  const groups = tail === undefined ? before : [...before, ...Array(zeros).fill('0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')
}

/** What stands for a client that nobody knows: an IPv4 address, or a /64 of IPv6. */
export function addressKey(ip: string): string {
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIPv6(plain) ? `${networkOf(plain)}::/64` : plain
}

/** What stands for an account, whatever address it comes from. */
export function accountKey(id: number): string {
  return `account ${id}`
}
