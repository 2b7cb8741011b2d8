import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { runClient } from '../load/client.ts'
import { contentOf, manifestType } from '../load/content.ts'
import { runTool } from '../process/tool.ts'
import type { Bench, Sample, Work } from '../work.ts'

/**
 * Writes an image that has never been there as skopeo's `dir:`. Its layer is gzip that is only
 * stored, so that skopeo takes it as it is, and making it takes no time.
 */
async function writeImage(bench: Bench, path: string, seed: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
  await mkdir(path)
  const [raw, packed] = [join(path, 'raw'), join(path, 'packed')]
  const { digest: unpacked } = await runClient(bench, 'content', {
    ...{ bytes: bench.scale.image, seed, file: raw },
  })
  const hash = createHash('sha256')
  let size = 0
  await pipeline(
    createReadStream(raw, { highWaterMark: 1_048_576 }),
    createGzip({ level: 0, chunkSize: 1_048_576 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        size += chunk.length
        yield chunk
      }
    },
    createWriteStream(packed),
  )
  const hex = hash.digest('hex')
  await rm(raw)
  await rename(packed, join(path, hex))
  const rootfs = { type: 'layers', diff_ids: [unpacked] }
  const config = contentOf(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs }))
  await writeFile(join(path, config.digest.slice('sha256:'.length)), config.bytes)
  await writeFile(
    join(path, 'manifest.json'),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: config.digest,
        size: config.bytes.length,
      },
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: `sha256:${hex}`, size },
      ],
    }),
  )
  await writeFile(join(path, 'version'), 'Directory Transport Version: 1.1\n')
}

async function copy(from: string, to: string, bytes: number): Promise<Sample> {
  const begun = performance.now()
  const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false']
  await runTool('skopeo', ['--insecure-policy', 'copy', '--quiet', ...insecure, from, to])
  return { value: (performance.now() - begun) / 1000, amount: bytes / 1e9 }
}

const common = {
  unit: 's',
  better: 'less',
  per: 'GB',
  needs: ['skopeo', 'go'],
  writes: true,
  registriesOnly: true,
} as const satisfies Partial<Work>

const push: Work = {
  ...common,
  name: 'skopeo-push',
  title: 'skopeo copy to the registry',
  async prepare({ host, contender }, bench) {
    const path = join(bench.directory, `image-${contender.name}`)
    return async (round) => {
      await writeImage(bench, path, `skopeo ${round}`)
      return copy(`dir:${path}`, `docker://${host}/team/app:v${round}`, bench.scale.image)
    }
  },
}

const pull: Work = {
  ...common,
  name: 'skopeo-pull',
  title: 'skopeo copy from the registry',
  async prepare({ host, contender }, bench) {
    const path = join(bench.directory, `image-${contender.name}`)
    const image = `docker://${host}/team/app:v1`
    await writeImage(bench, path, 'skopeo')
    await copy(`dir:${path}`, image, bench.scale.image)
    return async () => {
      await rm(path, { recursive: true })
      return copy(image, `dir:${path}`, bench.scale.image)
    }
  },
}

export const skopeoWorks: readonly Work[] = [push, pull]
