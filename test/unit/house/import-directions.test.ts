import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'

/** Which import, written in which file, the linter must refuse; and one that it must not. */
const cases: readonly (readonly [file: string, module: string, refused: boolean])[] = [
  ['src/oci/x.ts', '../services/blobs.ts', true],
  ['src/oci/x.ts', 'fastify', true],
  ['src/oci/x.ts', './digest.ts', false],
  ['src/oci/x.ts', 'node:crypto', false],
  ['src/policies/x.ts', '../services/blobs.ts', true],
  ['src/policies/x.ts', '../../storage/metadata/store.ts', true],
  ['src/policies/x.ts', '../../config/schema.ts', true],
  ['src/policies/x.ts', '../../config/units.ts', false],
  ['src/policies/x.ts', '../oci/digest.ts', false],
  ['src/access/x.ts', '../services/blobs.ts', true],
  ['src/access/x.ts', '../../storage/metadata/store.ts', true],
  ['src/access/x.ts', '../../config/units.ts', true],
  ['src/access/x.ts', '../policies/patterns.ts', false],
  ['config/x.ts', '../src/oci/digest.ts', true],
  ['storage/blobs/x.ts', '../../src/services/blobs.ts', true],
  ['storage/blobs/x.ts', 'fastify', true],
  ['storage/blobs/x.ts', '../../config/schema.ts', true],
  ['storage/metadata/sqlite/x.ts', '../../../src/oci/digest.ts', false],
  ['storage/open.ts', './metadata/sqlite/open.ts', false],
  ['src/services/x.ts', '../../storage/metadata/sqlite/open.ts', true],
  ['src/services/x.ts', '../../storage/blobs/filesystem/create.ts', true],
  ['src/services/x.ts', '../../routes/health.ts', true],
  ['src/services/x.ts', '../../config/schema.ts', true],
  ['src/services/x.ts', 'fastify', true],
  ['src/services/x.ts', 'better-sqlite3', true],
  ['src/services/x.ts', '../../storage/metadata/store.ts', false],
  ['routes/v2/x.ts', '../../storage/metadata/store.ts', true],
  ['routes/v2/x.ts', '../../storage/blobs/filesystem/create.ts', true],
  ['routes/v2/x.ts', '../../src/compose.ts', true],
  ['routes/v2/x.ts', '../../src/services/blobs.ts', false],
  ['src/plugins/x.ts', '../../storage/metadata/store.ts', true],
  ['src/app.ts', '../storage/open.ts', true],
  ['src/commands/x.ts', '../../storage/metadata/sqlite/open.ts', true],
  ['src/compose.ts', '../storage/open.ts', false],
  ['src/wire.ts', '../storage/open.ts', true],
  ['src/workers/main/x.ts', '../../../storage/metadata/sqlite/open.ts', true],
  ['src/workers/main/x.ts', '../../../storage/open.ts', true],
  ['src/workers/main/x.ts', '../../../storage/metadata/split/writes.ts', false],
  ['src/workers/worker/x.ts', '../../../storage/open.ts', true],
  ['src/workers/x.ts', '../commands/serve.ts', true],
]

/** A tree with one file a case, and our linter's configuration at its root. */
function treeOf(): Record<string, string> {
  const { vcs: _, ...config } = JSON.parse(readFileSync('biome.json', 'utf8')) as { vcs: object }
  const files = cases.map(([file, module], index) => [
    file.replace('x.ts', `x${index}.ts`),
    `import { x } from '${module}'\nexport const y = x\n`,
  ])
  return { 'biome.json': JSON.stringify(config), ...Object.fromEntries(files) }
}

t.test('the linter holds the direction of imports', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'layerhouse-lint-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  for (const [path, content] of Object.entries(treeOf())) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const linter = join(process.cwd(), 'node_modules/.bin/biome')
  const options = ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '.']
  const { stdout, stderr, status } = spawnSync(linter, options, { cwd: root, encoding: 'utf8' })
  t.equal(status, 1)
  const refusedFiles = new Set(
    [...`${stdout}${stderr}`.matchAll(/^(\S+\.ts):\d+:\d+ lint\/style\/noRestrictedImports/gm)].map(
      ([, path]) => path,
    ),
  )
  for (const [index, [file, module, refused]] of cases.entries()) {
    const path = file.replace('x.ts', `x${index}.ts`)
    t.equal(refusedFiles.has(path), refused, `${module} in ${file}`)
  }
})
