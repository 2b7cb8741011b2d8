import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'

/** What is larger is streamed, the way most would do it. */
const largestInMemory = 1_048_576

const [, , port, root = '.'] = process.argv
const app = Fastify({ logger: false })
const known = new Map<string, { readonly size: number; readonly body: Buffer | undefined }>()

async function load(url: string) {
  const file = await open(join(root, url))
  try {
    const { size } = await file.stat()
    return { size, body: size > largestInMemory ? undefined : await file.readFile() }
  } finally {
    await file.close()
  }
}

app.get('/v2/', async () => ({}))
app.get('/v2/*', async (request, reply) => {
  const { url } = request
  const entry = known.get(url) ?? (await load(url))
  known.set(url, entry)
  reply.header('content-type', 'application/octet-stream').header('content-length', entry.size)
  return reply.send(entry.body ?? createReadStream(join(root, url), { highWaterMark: 65_536 }))
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
