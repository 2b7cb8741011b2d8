import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startRegistry } from '../../helpers/registry.ts'
import { makeTestCertificates, secureRequest } from '../../helpers/tls.ts'
import { until } from '../../helpers/wire.ts'

/** Whether every one of some new connections is shown this certificate, sooner or later. */
async function isShown(serial: string, shown: () => Promise<string>): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    const serials = [await shown(), await shown(), await shown(), await shown()]
    if (serials.every((each) => each === serial)) return true
    await sleep(250)
  }
  return false
}

t.test('a new certificate is shown without a restart, by every process', async (t) => {
  const { ca, env, renew } = await makeTestCertificates(t)
  const { port } = await startRegistry(t, { env: { ...env, LAYERHOUSE_HTTP_WORKERS: '2' } })
  const shown = async () => (await secureRequest(port, '/v2/', { ca })).serial
  const before = await shown()
  const next = await renew()
  t.not(next, before)
  t.ok(await isShown(next, shown))
})

t.test(
  'a pair that does not fit leaves the one before in force, and one line in the log',
  async (t) => {
    const { ca, env, files, renew } = await makeTestCertificates(t)
    const { port, log } = await startRegistry(t, { env })
    const shown = async () => (await secureRequest(port, '/v2/', { ca })).serial
    const before = await shown()
    const failures = () =>
      log.filter(({ msg }) => /is not taken; the one before stays/.test(`${msg}`))
    writeFileSync(files.key, 'no key')
    await until(() => failures().length === 1, 10_000)
    t.match(failures()[0], { err: { message: /tls\.key: .*holds no private key in PEM form/ } })
    t.equal(await shown(), before)
    rmSync(files.key)
    await until(() => failures().length === 2, 10_000)
    t.equal(await shown(), before)
    const next = await renew()
    t.ok(await isShown(next, shown))
    await sleep(0)
    t.equal(failures().length, 2)
  },
)
