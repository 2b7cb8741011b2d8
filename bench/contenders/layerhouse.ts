import { fileURLToPath } from 'node:url'
import { must } from '../../test/helpers/e2e/command.ts'
import type { Contender } from './contender.ts'

/** `dist/src/main.js`, seen from `dist/bench/contenders/`. */
const mainPath = fileURLToPath(new URL('../../src/main.js', import.meta.url))

/** As `npm start` runs it: its own defaults, which sync every 201 to the disk and log each request. */
export const layerhouse: Contender = {
  name: 'layerhouse',
  title: 'Layerhouse',
  kind: 'registry',
  format: 'layerhouse',
  program: process.execPath,
  version: async (program) => (await must(program, [mainPath, 'version'])).stdout.trim(),
  launch: async (program, { port, root }) => ({
    command: program,
    args: [
      ...['--max-semi-space-size=2', '--v8-pool-size=1', mainPath, 'serve'],
      ...['--host', '127.0.0.1', '--port', String(port), '--root', root],
    ],
  }),
  readyPath: '/readyz',
}
