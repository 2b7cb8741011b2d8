import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Contender } from './contender.ts'

const serverPath = fileURLToPath(new URL('fastify-server.js', import.meta.url))

/** The limit for whatever is built on Fastify: one route that knows its answers. */
export const fastify: Contender = {
  name: 'fastify',
  title: 'Fastify (bare route)',
  kind: 'files',
  format: 'files',
  program: process.execPath,
  async version() {
    const text = await readFile('node_modules/fastify/package.json', 'utf8')
    return (JSON.parse(text) as { version: string }).version
  },
  launch: async (program, { port, root }) => ({
    command: program,
    args: ['--max-semi-space-size=4', serverPath, String(port), root],
  }),
  readyPath: '/v2/',
}
