import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from '../../test/helpers/e2e/command.ts'
import type { Contender } from './contender.ts'

/** Its defaults (deduplication and collection are on), Docker's formats, nothing logged but errors. */
function configure(port: number, root: string): string {
  return JSON.stringify({
    distSpecVersion: '1.1.1',
    storage: { rootDirectory: root },
    http: { address: '127.0.0.1', port: String(port), compat: ['docker2s2'] },
    log: { level: 'error' },
  })
}

/** A build without release flags doesn't know its version; Go wrote the module's into the program. */
async function moduleVersion(program: string): Promise<string | undefined> {
  const { stdout } = await run('go', ['version', '-m', program]).catch(() => ({ stdout: '' }))
  return /^\tmod\t\S+\tv?(\S+)/m.exec(stdout)?.[1]
}

export const zot: Contender = {
  name: 'zot',
  title: 'zot',
  kind: 'registry',
  format: 'oci-layouts',
  program: 'zot',
  async version(program) {
    const { stdout, stderr } = await must(program, ['--version'])
    const told = /"commit":"v?([^"]+)"/.exec(stdout + stderr)?.[1]
    return told ?? (await moduleVersion(program)) ?? 'unknown'
  },
  async launch(program, { port, root, directory }) {
    const path = join(directory, 'config.json')
    await writeFile(path, configure(port, root))
    return { command: program, args: ['serve', path] }
  },
  readyPath: '/v2/',
}
