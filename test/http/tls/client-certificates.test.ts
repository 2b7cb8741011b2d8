import t from 'tap'
import { withoutOpenssl } from '../../helpers/openssl.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { makeClientCertificate, makeTestCertificates, secureRequest } from '../../helpers/tls.ts'

const cases = [
  { mode: 'none', without: true, good: true, bad: true },
  { mode: 'optional', without: true, good: true, bad: false },
  { mode: 'required', without: false, good: true, bad: false },
] as const

for (const { mode, ...expected } of cases) {
  t.test(`client certificates: ${mode}`, { skip: withoutOpenssl }, async (t) => {
    const server = await makeTestCertificates(t)
    const clients = await makeTestCertificates(t)
    const strangers = await makeTestCertificates(t)
    const { port } = await startRegistry(t, {
      env: {
        ...server.env,
        LAYERHOUSE_TLS_CLIENT_CERTIFICATES: mode,
        LAYERHOUSE_TLS_CLIENT_CA: clients.files.ca,
      },
    })
    const shown = { good: clients, bad: strangers }
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const options = { ca: server.ca, minVersion: version, maxVersion: version }
      const answers = async (more: object) =>
        secureRequest(port, '/v2/', { ...options, ...more }).then(
          ({ status }) => status === 200,
          () => false,
        )
      t.equal(await answers({}), expected.without, `${version}, none`)
      for (const kind of ['good', 'bad'] as const) {
        const pem = makeClientCertificate(shown[kind].files)
        t.equal(await answers({ cert: pem, key: pem }), expected[kind], `${version}, a ${kind} one`)
      }
    }
  })
}
