import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { layerhouse } from '../helpers/e2e/cli.ts'
import { must, run } from '../helpers/e2e/command.ts'
import { startDaemon } from '../helpers/e2e/daemon.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { flavour } from '../helpers/e2e/flavour.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { freePort } from '../helpers/e2e/port.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(240_000)

// Clients trust what runs at 127.0.0.0/8 unseen; this is no such address, and on no network either.
const address = '198.18.7.1'
await must('ip', ['address', 'add', `${address}/32`, 'dev', 'lo'])
t.teardown(() => run('ip', ['address', 'del', `${address}/32`, 'dev', 'lo']))

const directory = await temporaryDirectory(t)
const certificates = join(directory, 'tls')
const layout = await writeLayout(directory, { greeting: 'hello\n' })
const port = await freePort()
const host = `${address}:${port}`
const at = (name: string) => join(certificates, name)
const made = await layerhouse('tls', 'init', address, 'localhost', '--out', certificates)
const root = join(directory, 'root')
const launch = await flavour.command(port, root)
const daemon = await startDaemon({
  ...launch,
  args: launch.args.map((arg) => (arg === '127.0.0.1' ? address : arg)),
  env: {
    LAYERHOUSE_TLS_CERTIFICATE: at('registry.crt'),
    LAYERHOUSE_TLS_KEY: at('registry.key'),
    LAYERHOUSE_TLS_CA: at('ca.crt'),
    LAYERHOUSE_HTTP_WORKERS: '2',
  },
  ready: async () => {
    const url = `https://${host}/readyz`
    return (await run('curl', ['--silent', '--fail', '--cacert', at('ca.crt'), url])).code === 0
  },
})
t.teardown(() => daemon.stop())
const secure = ['--silent', '--show-error', '--cacert', at('ca.crt')]

await t.test('tls init tells what to do, and openssl takes the chain', async (t) => {
  t.equal(made.code, 0, made.stderr)
  t.match(made.stdout, `/etc/docker/certs.d/${address}:5000/ca.crt`)
  t.match(made.stdout, `certificate: ${at('registry.crt')}`)
  const chain = ['-CAfile', at('ca.crt'), '-x509_strict', '-purpose', 'sslserver']
  await must('openssl', ['verify', ...chain, '-verify_ip', address, at('registry.crt')])
  const again = await layerhouse('tls', 'init', address, '--out', certificates)
  t.equal(again.code, 1)
  t.match(again.stderr, /would be overwritten; --force does that/)
})

await t.test('openssl speaks TLS 1.2 and 1.3 with it, and nothing older', async (t) => {
  const versions = [
    ['-tls1_1', 'DEFAULT:@SECLEVEL=0', false],
    ['-tls1_2', 'DEFAULT', true],
    ['-tls1_3', 'DEFAULT', true],
  ] as const
  for (const [version, cipher, expected] of versions) {
    const trust = ['-CAfile', at('ca.crt'), '-verify_return_error', '-verify_ip', address]
    const args = ['s_client', '-connect', host, version, '-cipher', cipher, ...trust]
    const { code } = await run('openssl', args, { input: '' })
    t.equal(code === 0, expected, version)
  }
})

await t.test('curl over plain HTTP is told to use https', async (t) => {
  const { stdout } = await must('curl', ['--silent', '--include', `http://${host}/v2/`])
  t.match(stdout, /^HTTP\/1\.1 400 /)
  t.match(stdout, /this port speaks HTTPS/)
  const { stdout: authority } = await must('curl', [...secure, `https://${host}/ca.crt`])
  t.equal(authority.trim(), (await readFile(at('ca.crt'), 'utf8')).trim())
})

await t.test('skopeo pushes and pulls with the authority, and not without', async (t) => {
  const trust = join(directory, 'skopeo')
  await mkdir(trust)
  const source = `oci:${layout.path}:amd64`
  const target = `docker://${host}/team/tool:1`
  await t.rejects(skopeo('copy', '--dest-cert-dir', trust, source, target), /x509|certificate/)
  await writeFile(join(trust, 'ca.crt'), await readFile(at('ca.crt')))
  await skopeo('copy', '--dest-cert-dir', trust, source, target)
  await skopeo('copy', '--src-cert-dir', trust, target, `oci:${join(directory, 'back')}:1`)
})

await t.test('Docker pulls once the authority is in its certs.d', async (t) => {
  const trust = `/etc/docker/certs.d/${host}`
  t.teardown(() => rm(trust, { recursive: true, force: true }))
  const { docker } = await startDocker(t)
  await t.rejects(docker('pull', `${host}/team/tool:1`), /x509|certificate/)
  await mkdir(trust, { recursive: true })
  await writeFile(join(trust, 'ca.crt'), await readFile(at('ca.crt')))
  await docker('pull', `${host}/team/tool:1`)
  await docker('tag', `${host}/team/tool:1`, `${host}/team/again:1`)
  await docker('push', `${host}/team/again:1`)
})

await t.test('a pull goes on while the certificate is replaced', async (t) => {
  const content = randomBytes(24 * 1024 * 1024)
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  const file = join(directory, 'content')
  await writeFile(file, content)
  const upload = `https://${host}/v2/big/blobs/uploads/?digest=${digest}`
  const type = ['--header', 'content-type: application/octet-stream']
  await must('curl', [...secure, '--fail', ...type, '--data-binary', `@${file}`, upload])
  const pulled = join(directory, 'pulled')
  const url = `https://${host}/v2/big/blobs/${digest}`
  const slow = run('curl', [...secure, '--limit-rate', '4M', '--output', pulled, url])
  const serial = async () => {
    const { stdout } = await run('bash', [
      '-c',
      'openssl s_client -connect "$0" </dev/null 2>/dev/null | openssl x509 -noout -serial',
      host,
    ])
    return stdout
  }
  const before = await serial()
  const force = ['--out', certificates, '--force']
  t.equal((await layerhouse('tls', 'init', address, 'localhost', ...force)).code, 0)
  let changed = 0
  for (let tries = 0; tries < 60 && changed < 4; tries++) {
    changed = (await serial()) === before ? 0 : changed + 1
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  t.equal(changed, 4, 'new connections are shown the new one')
  t.equal((await slow).code, 0)
  t.ok((await readFile(pulled)).equals(content))
})
