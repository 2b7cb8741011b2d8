import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../../test/helpers/e2e/command.ts'
import { type DockerEngine, startDocker } from '../../test/helpers/e2e/docker.ts'
import { runClient } from '../load/client.ts'
import type { Bench, Sample, Target, Work } from '../work.ts'

interface Docker extends Pick<DockerEngine, 'docker'> {
  /** Makes an image nobody has ever seen. */
  makeImage(name: string): Promise<void>
}

/** Beyond the header of the archive's first file. */
const insideContent = 4096

async function startOwnDocker(bench: Bench): Promise<Docker> {
  const { docker } = await startDocker(bench)
  const { directory, scale } = bench
  await runClient(bench, 'content', { bytes: scale.image, file: join(directory, 'data') })
  const archive = join(directory, 'image.tar')
  await must('tar', ['-C', directory, '-cf', archive, 'data'])
  let made = 0
  return {
    docker,
    async makeImage(name) {
      made += 1
      const file = await open(archive, 'r+')
      await file.write(Buffer.from(`image ${made}`.padEnd(32)), 0, 32, insideContent)
      await file.close()
      await docker('import', archive, name)
    },
  }
}

const engines = new WeakMap<Bench, Promise<Docker>>()

/** One engine for all contenders of a work. */
function dockerOf(bench: Bench): Promise<Docker> {
  const engine = engines.get(bench) ?? startOwnDocker(bench)
  engines.set(bench, engine)
  return engine
}

async function time(bytes: number, action: () => Promise<unknown>): Promise<Sample> {
  const begun = performance.now()
  await action()
  return { value: (performance.now() - begun) / 1000, amount: bytes / 1e9 }
}

function dockerWork(
  work: Pick<Work, 'name' | 'title'>,
  prepare: (target: Target, engine: Docker, bytes: number) => Promise<() => Promise<Sample>>,
): Work {
  return {
    ...work,
    unit: 's',
    better: 'less',
    per: 'GB',
    needs: ['dockerd', 'go'],
    rounds: 3,
    writes: true,
    registriesOnly: true,
    prepare: async (target, bench) => prepare(target, await dockerOf(bench), bench.scale.image),
  }
}

export const dockerWorks: readonly Work[] = [
  dockerWork(
    { name: 'docker-push', title: 'docker push' },
    async ({ host }, { docker, makeImage }, bytes) =>
      async () => {
        const name = `${host}/team/app:pushed`
        await makeImage(name)
        const sample = await time(bytes, () => docker('push', '--quiet', name))
        await docker('rmi', name)
        return sample
      },
  ),
  dockerWork(
    { name: 'docker-pull', title: 'docker pull' },
    async ({ host }, { docker, makeImage }, bytes) => {
      const name = `${host}/team/app:pulled`
      await makeImage(name)
      await docker('push', '--quiet', name)
      await docker('rmi', name)
      return async () => {
        const sample = await time(bytes, () => docker('pull', '--quiet', name))
        await docker('rmi', name)
        return sample
      }
    },
  ),
]
