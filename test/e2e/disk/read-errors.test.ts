import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { objectOf } from '../../helpers/damage.ts'
import { pushBlob } from '../../helpers/e2e/blob.ts'
import { run } from '../../helpers/e2e/command.ts'
import { within } from '../../helpers/e2e/daemon.ts'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { inject } from '../../helpers/e2e/fault.ts'
import { startRegistry } from '../../helpers/e2e/registry.ts'

t.setTimeout(120_000)

/** What curl calls an answer that did not come, or ended before its announced length. */
const broken = [18, 52, 56]

/** Where in the reading of a file the disk fails; calls are counted thread by thread. */
const moments = { 'at once': 'error=EIO', 'half-way': 'error=EIO:when=3+' }

// Calls fail in one process, so that one answers all.
const registry = await startRegistry(t, { env: { LAYERHOUSE_HTTP_WORKERS: '1' } })
const address = `${registry.url}/v2/team/app`
const head = async (digest: string) =>
  (await fetch(`${address}/blobs/${digest}`, { method: 'HEAD' })).status

for (const [moment, effect] of Object.entries(moments)) {
  await t.test(
    `a blob that can't be read ${moment} breaks the download and is marked`,
    async (t) => {
      const content = randomBytes(24 << 20)
      const digest = await pushBlob({ address }, content)
      const path = objectOf(registry.root, digest)
      const fault = await inject(t, registry.pid(), { calls: 'pread64,read', effect, path })
      const { code } = await run('curl', [
        '--silent',
        '--output',
        '/dev/null',
        `${address}/blobs/${digest}`,
      ])
      t.ok(broken.includes(code ?? 0), `no good end: ${code}`)
      t.ok(
        await within(15_000, async () => (await head(digest)) === 404),
        'and is not offered any more',
      )
      t.ok((await fault.trace()).some((line) => line.includes('EIO')))
      await fault.end()

      t.ok(objectOf(registry.root, digest), 'its file stays, as the disk may come back')
      await pushBlob({ address }, content)
      const answer = await fetch(`${address}/blobs/${digest}`)
      t.equal(sha256(Buffer.from(await answer.arrayBuffer())), digest, 'a push heals it')
    },
  )
}

// The small one is read before its answer begins.
for (const size of [1 << 20, 1000]) {
  await t.test(`a disk that is away for a moment costs no blob of ${size} bytes`, async (t) => {
    const digest = await pushBlob({ address }, randomBytes(size))
    const path = objectOf(registry.root, digest)
    const fault = await inject(t, registry.pid(), {
      calls: 'pread64,read',
      effect: 'error=EIO',
      path,
    })
    const read = () =>
      run('curl', ['--silent', '--fail', '--output', '/dev/null', `${address}/blobs/${digest}`])
    t.not((await read()).code, 0)
    await fault.end()
    t.equal(await head(digest), 200)
    await delay(6000)
    t.equal(await head(digest), 200, 'nor later')
    t.equal((await read()).code, 0)
  })
}
