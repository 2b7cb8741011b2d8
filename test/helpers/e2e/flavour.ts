import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How to start one kind of registry, and where it keeps unfinished uploads. */
export interface Flavour {
  command(
    port: number,
    root: string,
    nodeArguments?: readonly string[],
  ): Promise<{ command: string; args: readonly string[] }>
  readonly readyPath: string
  /** Whether a file, named relative to the root, is (part of) an unfinished upload. */
  isUpload(path: string): boolean
}

/** `dist/src/main.js`, seen from `dist/test/helpers/e2e/`. */
export const mainPath = fileURLToPath(new URL('../../../src/main.js', import.meta.url))

/**
 * As `npm start` and the first line of `main.ts` run it, and through `env`, because the test runner
 * instruments every Node that is spawned from here, which costs memory and time.
 */
const layerhouse: Flavour = {
  command: async (port, root, nodeArguments = []) => ({
    command: 'env',
    args: [
      ...['-u', 'NODE_OPTIONS', '-u', 'NODE_V8_COVERAGE'],
      ...[
        process.execPath,
        '--max-semi-space-size=2',
        '--v8-pool-size=1',
        ...nodeArguments,
        mainPath,
      ],
      ...['serve', '--host', '127.0.0.1', '--port', String(port), '--root', root],
    ],
  }),
  readyPath: '/readyz',
  isUpload: (path) => path.startsWith('uploads/'),
}

/** Debian's docker-registry 2.8: shows whether a failing test is the test's fault or the server's. */
const distribution: Flavour = {
  command: async (port, root) => {
    const config = {
      version: 0.1,
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}`, secret: 'kept over restarts' },
    }
    const path = `${root}.json`
    await writeFile(path, JSON.stringify(config))
    return { command: 'docker-registry', args: ['serve', path] }
  },
  readyPath: '/v2/',
  isUpload: (path) => path.includes('/_uploads/'),
}

/** Layerhouse, unless a developer sets E2E_REGISTRY=distribution to try the tests themselves. */
export const isReference = process.env['E2E_REGISTRY'] === 'distribution'

export const flavour: Flavour = isReference ? distribution : layerhouse

/** Files of unfinished uploads below `root`, relative to it. */
export async function uploadFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => flavour.isUpload(path))
}
