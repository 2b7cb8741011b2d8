import { readFileSync } from 'node:fs'
import t from 'tap'

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>
}

/** The oldest version of each package without a known hole that could reach us. */
const floors: Readonly<Record<string, string>> = {
  fastify: '5.12.5',
  'find-my-way': '9.7.0',
  'fast-uri': '3.1.8',
  '@fastify/multipart': '10.1.1',
  '@fastify/busboy': '3.2.1',
  '@fastify/proxy-addr': '5.1.1',
  '@fastify/forwarded': '3.0.2',
  'better-sqlite3': '12.11.1',
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile

function versionsOf(name: string): readonly string[] {
  return Object.entries(lock.packages)
    .filter(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))
    .map(([, { version = '0.0.0' }]) => version)
}

function isAtLeast(version: string, floor: string): boolean {
  const [have, want] = [version, floor].map((text) => text.split('.').map(Number))
  for (let at = 0; at < 3; at++) {
    const difference = (have?.[at] ?? 0) - (want?.[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

t.test('no package is older than its last known hole', async (t) => {
  for (const [name, floor] of Object.entries(floors)) {
    const versions = versionsOf(name)
    t.not(versions.length, 0, `${name} is installed`)
    for (const version of versions) t.ok(isAtLeast(version, floor), `${name} ${version} ≥ ${floor}`)
  }
})

t.test('production dependencies stay few', async (t) => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>
  }
  t.same(Object.keys(dependencies).sort(), [
    '@fastify/multipart',
    'better-sqlite3',
    'fastify',
    'fzstd',
    'pino',
    'tar-stream',
    'typebox',
    'yaml',
  ])
})
