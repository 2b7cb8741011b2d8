import t from 'tap'
import { addressKey } from '../../../src/plugins/limits/client-key.ts'

const cases = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
] as const

t.test('a client without a name is its IPv4 address, or its /64 of IPv6', async (t) => {
  for (const [ip, key] of cases) t.equal(addressKey(ip), key, ip)
})
