import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { beginUpload, pushBlob } from '../helpers/e2e/blob.ts'
import { run } from '../helpers/e2e/command.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { openFiles } from '../helpers/e2e/procfs.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { openDownload } from '../helpers/e2e/transfer.ts'
import { openSlowReader } from '../helpers/wire.ts'

t.setTimeout(60_000)

/** What curl says when its own time is up, with the transfer still running. */
const timeIsUp = 28

const registry = await startRegistry(t, {
  env: {
    LAYERHOUSE_HTTP_IDLE_TIMEOUT: '2s',
    LAYERHOUSE_HTTP_MIN_RATE: '50KiB',
    LAYERHOUSE_HTTP_MIN_RATE_WINDOW: '1s',
  },
})
const repository = { address: `${registry.url}/v2/team/app` }
const digest = await pushBlob(repository, randomBytes(16 << 20))
const blob = `${repository.address}/blobs/${digest}`
const quiet = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code} %{size_download}']

await t.test('slow pulls and pushes go on for longer than any limit', async (t) => {
  const file = `${await temporaryDirectory(t)}/content`
  await writeFile(file, randomBytes(4 << 20))
  // Not curl, which at first takes megabytes and then nothing until its average is right.
  const pull = await openSlowReader(Number(new URL(registry.url).port), new URL(blob).pathname)
  pull.pace(200_000)
  const slow = ['--limit-rate', '200K', '--max-time', '9', ...quiet]
  const push = await run('curl', [
    ...slow,
    '-X',
    'PATCH',
    '-T',
    file,
    await beginUpload(repository),
  ])
  t.equal(push.code, timeIsUp, push.stdout)
  t.ok(pull.read() > 1_500_000, `${pull.read()} bytes were pulled`)
  t.same(registry.log().match(/.*too slow.*/g) ?? [], [])
  pull.socket.destroy()
})

await t.test('a push below the rate is answered 408, a pull that stops is cut', async (t) => {
  const file = `${await temporaryDirectory(t)}/content`
  await writeFile(file, randomBytes(1 << 20))
  const before = await openFiles(registry.pid())
  const stopped = await openDownload(blob)
  stopped.on('error', () => undefined)
  const trickle = ['--limit-rate', '10K', '--max-time', '15', '-H', 'Expect:', ...quiet]
  const push = await run('curl', [
    ...trickle,
    '-X',
    'PATCH',
    '-T',
    file,
    await beginUpload(repository),
  ])
  t.match(push.stdout, /^408 /)
  const lines = () => registry.log().match(/.*too slow.*/g) ?? []
  t.ok(await within(8000, () => lines().length === 2), lines().join('\n'))
  const [first, second] = lines().sort((a) => (a.includes('PATCH') ? -1 : 1))
  t.match(first, /"client":"127\.0\.0\.1".*"limit":"http\.minRate","rate":\d+,"allowed":51200/)
  t.match(second, /"method":"GET"/)
  t.ok(await within(5000, async () => (await openFiles(registry.pid())) <= before))
})
