import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { packageVersion } from '../../../src/package-version.ts'

const main = fileURLToPath(new URL('../../../src/main.js', import.meta.url))
const { version } = JSON.parse(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
)

interface Case {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  readonly stdout?: RegExp
  readonly stderr?: RegExp
}

const cases: readonly Case[] = [
  { args: [], code: 2, stderr: /^Usage: layerhouse COMMAND\n/ },
  { args: ['help'], code: 0, stdout: /^Usage: layerhouse COMMAND\n/ },
  { args: ['--help'], code: 0, stdout: /^Usage: layerhouse COMMAND\n/ },
  { args: ['version'], code: 0, stdout: new RegExp(`^layerhouse ${version}\n$`) },
  { args: ['--version'], code: 0, stdout: new RegExp(`^layerhouse ${version}\n$`) },
  { args: ['-v'], code: 0, stdout: new RegExp(`^layerhouse ${version}\n$`) },
  { args: ['version', 'x'], code: 2, stderr: /unexpected argument "x"/ },
  { args: ['serve', '--help'], code: 0, stdout: /^Usage: layerhouse serve / },
  { args: ['serve', '--prot', '1'], code: 2, stderr: /did you mean --port\?/ },
  { args: ['serev'], code: 2, stderr: /did you mean serve\?/ },
  {
    args: ['config', 'print'],
    env: { LAYERHOUSE_HTTP_PORT: '5001' },
    code: 0,
    stdout: /^http\.port +5001 +environment LAYERHOUSE_HTTP_PORT$/m,
  },
  {
    args: ['config', 'print'],
    env: { LAYERHOUSE_NOPE: '1' },
    code: 1,
    stderr: /^LAYERHOUSE_NOPE:/,
  },
  { args: ['config', 'check', '/nowhere'], code: 1, stderr: /no such file/ },
]

t.test('the process answers with output and an exit code', async (t) => {
  for (const { args, env = {}, code, stdout = /^$/, stderr = /^$/ } of cases) {
    const result = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' })
    const title = `layerhouse ${args.join(' ')}`
    t.equal(result.status, code, title)
    t.match(result.stdout, stdout, title)
    t.match(result.stderr, stderr, title)
  }
})

t.test('the built program can be started by its name', async (t) => {
  // npm makes a program executable when it installs it.
  chmodSync(main, 0o755)
  const { status, stdout } = spawnSync(main, ['version'], { encoding: 'utf8' })
  t.equal(status, 0)
  t.equal(stdout, `layerhouse ${version}\n`)
})

t.test('the version is the one of the package', async (t) => {
  t.equal(packageVersion(), version)
})
