import t from 'tap'
import { hostProblem, publicUrlProblem, trustedProxyProblem } from '../../../config/addresses.ts'

type Cases = readonly (readonly [text: string, problem: RegExp | undefined])[]

function run(title: string, check: (text: string) => string | undefined, cases: Cases): void {
  t.test(title, async (t) => {
    for (const [text, problem] of cases) {
      const found = check(text)
      if (problem === undefined) t.equal(found, undefined, text)
      else t.match(found, problem, text)
    }
  })
}

run('a host is an address or a name, without a port', hostProblem, [
  ['0.0.0.0', undefined],
  ['127.0.0.1', undefined],
  ['::', undefined],
  ['fe80::1%eth0', undefined],
  ['localhost', undefined],
  ['registry-1.example.com', undefined],
  ['[::1]', /has brackets; write ::1$/],
  ['127.0.0.1:5000', /port goes to http\.port/],
  ['http://localhost', /scheme is left out/],
  ['256.1.1.1', /not an address or host name/],
  ['5000', /not an address or host name/],
  ['a b', /not an address or host name/],
  ['-a', /not an address or host name/],
  ['a..b', /not an address or host name/],
])

run('a public URL is absolute and plain', publicUrlProblem, [
  ['https://registry.example.com', undefined],
  ['http://localhost:5000', undefined],
  ['https://example.com:8443/registry', undefined],
  ['https://[2001:db8::1]:5000', undefined],
  ['registry.example.com', /not an absolute http or https URL; write one such as https:/],
  ['ftp://example.com', /not an absolute http or https URL/],
  ['//example.com', /not an absolute http or https URL/],
  ['https://', /is not a URL/],
  ['https://example.com:99999', /is not a URL/],
  ['https://example.com/', /ends in a slash; remove it/],
  ['https://example.com/registry/', /ends in a slash; remove it/],
  ['https://example.com?a=b', /query or fragment; remove it/],
  ['https://example.com/#top', /query or fragment; remove it/],
  ['https://example.com?', /query or fragment; remove it/],
  ['HTTPS://Example.com', /plain form; write https:\/\/example\.com$/],
  ['https://example.com:443', /plain form; write https:\/\/example\.com$/],
  ['https://example.com/a"b', /plain form; write https:\/\/example\.com\/a%22b$/],
  ['https://example.com/a/../b', /plain form; write https:\/\/example\.com\/b$/],
])

t.test('a password in a public URL does not get into the message', async (t) => {
  const problem = publicUrlProblem('https://ann:secret@example.com')
  t.match(problem, /user or password; remove/)
  t.notMatch(problem, /secret/)
})

run('a trusted proxy is an address or a network, never everyone', trustedProxyProblem, [
  ['10.0.0.7', undefined],
  ['10.0.0.0/8', undefined],
  ['10.0.0.7/32', undefined],
  ['::1', undefined],
  ['fd00::/8', undefined],
  ['2001:db8::7/128', undefined],
  ['0.0.0.0/0', /trust every client .* list only the addresses of your proxies/],
  ['0.0.0.0/00', /trust every client/],
  ['10.1.2.3/0', /trust every client/],
  ['::/0', /trust every client/],
  ['2001:db8::/0', /trust every client/],
  ['0.0.0.0', /trust every client/],
  ['::', /trust every client/],
  ['0:0:0:0:0:0:0:0', /trust every client/],
  ['::ffff:0:0/96', /write it as IPv4/],
  ['::ffff:10.0.0.7', /write it as IPv4/],
  ['10.0.0.0/33', /prefix length from 1 to 32/],
  ['fd00::/129', /prefix length from 1 to 128/],
  ['10.0.0.0/', /prefix length/],
  ['10.0.0.0/-1', /prefix length/],
  ['10.0.0.0/255.0.0.0', /prefix length from 1 to 32; write one such as 10\.0\.0\.0\/32/],
  ['10.0.0.0/8/8', /not an IP address or CIDR network/],
  ['proxy.example.com', /not an IP address or CIDR network; write one such as 10\.0\.0\.7/],
  ['loopback', /not an IP address or CIDR network/],
  ['*', /not an IP address or CIDR network/],
  ['fe80::1%eth0', /not an IP address or CIDR network/],
  ['', /not an IP address or CIDR network/],
])
