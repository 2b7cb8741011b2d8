import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../../test/helpers/e2e/command.ts'
import type { Contender } from './contender.ts'

/** Its packaged configuration (descriptors cached in memory), and nothing logged but errors. */
function configure(port: number, root: string): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: root },
      cache: { blobdescriptor: 'inmemory' },
      delete: { enabled: true },
    },
    http: { addr: `127.0.0.1:${port}`, secret: 'of the benchmark' },
  })
}

function createDistribution(
  given: Pick<Contender, 'name' | 'title' | 'program'>,
  versionPattern: RegExp,
): Contender {
  return {
    ...given,
    kind: 'registry',
    format: 'distribution',
    version: async (program) => {
      const { stdout } = await must(program, ['--version'])
      return versionPattern.exec(stdout)?.[1] ?? stdout.trim()
    },
    async launch(program, { port, root, directory }) {
      const path = join(directory, 'config.yml')
      await writeFile(path, configure(port, root))
      // Version 3 would send traces to a collector that isn't there.
      return { command: program, args: ['serve', path], env: { OTEL_TRACES_EXPORTER: 'none' } }
    },
    readyPath: '/v2/',
  }
}

const lastWord = /(\S+)\s*$/

export const dockerRegistry = createDistribution(
  { name: 'docker-registry', title: 'docker-registry 2.8', program: 'docker-registry' },
  lastWord,
)

export const distribution = createDistribution(
  { name: 'distribution', title: 'distribution 3', program: 'registry' },
  lastWord,
)
