import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeCertificates } from '../../../src/certificates/files.ts'
import { parseServerName } from '../../../src/certificates/names.ts'
import { withoutOpenssl } from '../../helpers/openssl.ts'

const request = (directory: string, ...names: readonly string[]) => ({
  directory,
  names: names.map(parseServerName),
  days: 30,
  force: false,
})

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

t.test('OpenSSL takes the chain, strictly, for every name', { skip: withoutOpenssl }, async (t) => {
  const directory = join(t.testdir(), 'tls')
  const names = ['registry.example.com', '*.apps.example.com', '10.1.2.3', '::1', 'localhost']
  const { files } = await makeCertificates(request(directory, ...names))
  const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', files.ca]
  const names4 = ['registry.example.com', 'a.apps.example.com', 'localhost']
  for (const name of names4) {
    t.match(openssl(...verify, '-verify_hostname', name, files.certificate), /: OK/, name)
  }
  for (const address of ['10.1.2.3', '::1']) {
    t.match(openssl(...verify, '-verify_ip', address, files.certificate), /: OK/, address)
  }
  t.throws(() => openssl(...verify, '-verify_hostname', 'other.example.com', files.certificate))
  const text = openssl('x509', '-in', files.certificate, '-noout', '-text')
  for (const part of [
    /ecdsa-with-SHA256/,
    /NIST CURVE: P-256/,
    /TLS Web Server Authentication/,
    /Digital Signature/,
    /CA:FALSE/,
    /Authority Key Identifier/,
  ]) {
    t.match(text, part)
  }
  const ca = openssl('x509', '-in', files.ca, '-noout', '-text')
  t.match(ca, /CA:TRUE, pathlen:0/)
  t.match(ca, /Certificate Sign, CRL Sign/)
})

t.test('keys are for their owner alone', async (t) => {
  const directory = join(t.testdir(), 'tls')
  const { files } = await makeCertificates(request(directory, 'localhost'))
  t.equal(statSync(directory).mode & 0o777, 0o700)
  t.equal(statSync(files.caKey).mode & 0o777, 0o600)
  t.equal(statSync(files.key).mode & 0o777, 0o600)
})

t.test('an authority is used again, and a certificate replaced only when told to', async (t) => {
  const directory = t.testdir()
  const { files } = await makeCertificates(request(directory, 'localhost'))
  const before = readFileSync(files.ca, 'utf8')
  await t.rejects(makeCertificates(request(directory, 'localhost')), /--force/)
  const next = await makeCertificates({ ...request(directory, 'b.example'), force: true })
  t.equal(next.authorityIsNew, false)
  t.equal(readFileSync(files.ca, 'utf8'), before)
  t.equal(new X509Certificate(readFileSync(files.certificate)).subjectAltName, 'DNS:b.example')
})

t.test(
  'half an authority, or one of another maker, is refused',
  { skip: withoutOpenssl },
  async (t) => {
    const directory = t.testdir({ 'ca.crt': 'text' })
    await t.rejects(makeCertificates(request(directory, 'localhost')), /without .*ca\.key/)
    const other = t.testdir()
    const at = (name: string) => join(other, name)
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', at('ca.key'), '-out', at('ca.crt'), '-subj', '/O=Acme/CN=Root', '-days', '9'],
    )
    await t.rejects(makeCertificates(request(other, 'localhost')), /not one that was made here/)
  },
)

t.test('no certificate outlives its authority', async (t) => {
  const directory = t.testdir()
  const made = await makeCertificates({ ...request(directory, 'localhost'), days: 9000 })
  t.equal(made.server.validTo, made.authority.validTo)
})

t.test('years from 2050 on are written in the other form', { skip: withoutOpenssl }, async (t) => {
  const { makeAuthority } = await import('../../../src/certificates/certificate.ts')
  const from = new Date('2049-12-31T23:59:59Z')
  const { certificate } = makeAuthority('a', { from, to: new Date('2051-02-03T04:05:06Z') })
  const path = join(t.testdir(), 'a.crt')
  writeFileSync(path, certificate.toString())
  const dates = openssl('x509', '-in', path, '-noout', '-dates')
  t.match(dates, /Dec 31 23:59:59 2049 GMT\nnotAfter=Feb {2}3 04:05:06 2051 GMT/)
})

t.test('names that no certificate can hold are refused', async (t) => {
  for (const name of ['', 'a b', 'a:5000', 'https://a', '-a', '1.2.3', '300.1.1.1', 'a.*.b', '*']) {
    t.throws(() => parseServerName(name), /neither a DNS name nor an IP address/, name)
  }
  const bytesOf = (text: string) => {
    const name = parseServerName(text)
    return name.kind === 'ip' ? name.bytes.toString('hex') : name.text
  }
  t.equal(bytesOf('Registry.Example.COM'), 'registry.example.com')
  t.equal(bytesOf('[2001:db8::ff]'), '20010db80000000000000000000000ff')
  t.equal(bytesOf('::ffff:1.2.3.4'), '00000000000000000000ffff01020304')
})
