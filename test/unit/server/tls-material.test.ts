import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeCertificates } from '../../../src/certificates/files.ts'
import { parseServerName } from '../../../src/certificates/names.ts'
import { tellExpiry } from '../../../src/server/tls/expiry.ts'
import { readTls, tlsFilesOf } from '../../../src/server/tls/material.ts'
import { withoutOpenssl } from '../../helpers/openssl.ts'

const defaults = { clientCertificates: 'none', minVersion: 'tls1.2' } as const

t.test('a part of the settings is a mistake that names what is missing', async (t) => {
  t.equal(tlsFilesOf(defaults), undefined)
  const refused = [
    [{ certificate: 'a' }, /tls\.key is not/],
    [{ key: 'a' }, /tls\.certificate is not/],
    [{ clientCa: 'a' }, /need HTTPS/],
    [{ clientCertificates: 'required' as const }, /need HTTPS/],
    [{ certificate: 'a', key: 'b', clientCertificates: 'optional' as const }, /tls\.clientCa/],
  ] as const
  for (const [more, message] of refused) {
    t.throws(() => tlsFilesOf({ ...defaults, ...more }), message)
  }
})

t.test(
  'each mistake in the files is told with key, file and cure',
  { skip: withoutOpenssl },
  async (t) => {
    const directory = t.testdir({ text: 'text', empty: '' })
    const at = (name: string) => join(directory, name)
    const request = { directory, names: [parseServerName('localhost')], days: 9, force: true }
    const { files } = await makeCertificates(request)
    const { certificate, key, ca, caKey } = files
    execFileSync(
      'openssl',
      ['ec', '-in', key, '-aes128', '-passout', 'pass:x', '-out', at('locked')],
      {
        stdio: 'ignore',
      },
    )
    const block = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    writeFileSync(at('broken'), block)
    const good = { certificate, key }
    const refused = [
      [
        { certificate: at('none') },
        /tls\.certificate: .*none can't be read: there is no such file/,
      ],
      [{ certificate: directory }, /it is a directory/],
      [{ certificate: at('empty') }, /tls\.certificate: .*empty holds no certificate in PEM form/],
      [{ certificate: at('broken') }, /holds a certificate that can't be read/],
      [{ key: at('none') }, /tls\.key: .*there is no such file/],
      [{ key: at('text') }, /tls\.key: .*text holds no private key in PEM form/],
      [{ key: at('locked') }, /is protected by a passphrase; .*openssl pkey/],
      [{ key: caKey }, /ca\.key does not belong to the first certificate in .*\(CN=localhost\)/],
      [{ clientCa: at('text') }, /tls\.clientCa: .*holds no certificate/],
      [{ ca: at('text') }, /tls\.ca: .*holds no certificate/],
    ] as const
    for (const [wrong, message] of refused) {
      await t.rejects(readTls({ ...good, ...wrong }, 'tls1.2'), message)
    }
    t.same((await readTls({ ...good, ca }, 'tls1.2')).warnings, [])
    chmodSync(key, 0o644)
    t.match((await readTls(good, 'tls1.2')).warnings, [/every user of this machine can read/])
  },
)

t.test('a certificate that clients refuse, or soon will, is told of', async (t) => {
  const day = 24 * 60 * 60 * 1000
  const now = Date.parse('2030-06-01T00:00:00Z')
  const cases = [
    [-1, 400, undefined],
    [-1, 14, undefined],
    [-1, 13, 'warn: expires soon'],
    [-9, -1, 'error: has expired'],
    [1, 400, 'error: is not valid yet'],
  ] as const
  for (const [from, to, expected] of cases) {
    const told: string[] = []
    const at = (level: string) => (_facts: object, message?: string) => {
      told.push(`${level}: ${message}`)
    }
    const validity = { validFrom: new Date(now + from * day), validTo: new Date(now + to * day) }
    tellExpiry(validity, { warn: at('warn') as never, error: at('error') as never }, now)
    if (expected === undefined) t.same(told, [])
    else {
      const [level = '', words = ''] = expected.split(': ')
      t.match(told, [new RegExp(`^${level}: .*${words}`)])
    }
  }
})
