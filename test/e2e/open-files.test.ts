import { randomBytes } from 'node:crypto'
import t from 'tap'
import { pushBlob } from '../helpers/e2e/blob.ts'
import { must } from '../helpers/e2e/command.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { sha256 } from '../helpers/e2e/digest.ts'
import { openFiles } from '../helpers/e2e/procfs.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { openWire, type Wire } from '../helpers/wire.ts'

t.setTimeout(60_000)

const limit = 64
const crowd = 200

/** How one request ended: with a status, or without an answer. */
async function ask(url: string, init?: RequestInit): Promise<number | 'refused'> {
  try {
    const signal = AbortSignal.timeout(2000)
    const answer = await fetch(url, { ...init, signal, headers: { connection: 'close' } })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 'refused'
  }
}

await t.test(
  'with no file left to open, requests are answered or refused, and it recovers',
  async (t) => {
    // The limit is one process's.
    const registry = await startRegistry(t, { env: { LAYERHOUSE_HTTP_WORKERS: '1' } })
    // Only now: Node opens more files than that while it loads the program.
    await must('prlimit', ['--pid', String(registry.pid()), `--nofile=${limit}:${limit}`])
    const repository = { address: `${registry.url}/v2/team/app` }
    const content = randomBytes(100_000)
    const digest = await pushBlob(repository, content)
    const port = Number(new URL(registry.url).port)
    const before = await openFiles(registry.pid())

    const wires: Wire[] = await Promise.all(Array.from({ length: crowd }, () => openWire(port)))
    t.ok(await within(5000, async () => (await openFiles(registry.pid())) >= limit - 2))
    // Connections that got in already ask for files now that none is left.
    for (const { socket } of wires) {
      socket.write(`GET /v2/team/app/blobs/${digest} HTTP/1.1\r\nhost: x\r\n\r\n`)
    }
    const answers = () => wires.flatMap((wire) => wire.text().match(/^HTTP\/1\.1 \d+/) ?? [])
    t.ok(await within(5000, () => answers().includes('HTTP/1.1 503')), answers().join())
    const asked = [
      await ask(`${repository.address}/blobs/${digest}`),
      await ask(`${repository.address}/blobs/uploads/`, { method: 'POST' }),
      await ask(`${registry.url}/healthz`),
    ]
    const legal = ['refused', 200, 202, 503]
    t.ok(
      asked.every((outcome) => legal.includes(outcome)),
      `new clients: ${asked.join()}`,
    )
    for (const text of wires.map((wire) => wire.text()).filter((text) => text.includes(' 503 '))) {
      t.match(text, /"code":"UNAVAILABLE"/)
      break
    }

    for (const { socket } of wires) socket.destroy()
    t.ok(
      await within(5000, async () => (await openFiles(registry.pid())) <= before),
      'every file is given back',
    )
    const answer = await fetch(`${repository.address}/blobs/${digest}`)
    t.equal(sha256(Buffer.from(await answer.arrayBuffer())), digest)
    t.equal(await pushBlob(repository, randomBytes(1000)).then(() => 'pushed'), 'pushed')
    t.same(await registry.stop(), { code: 0, signal: null }, 'the process lived through it')
  },
)
