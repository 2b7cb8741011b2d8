import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { commands } from '../../../src/commands/all.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { createWorld } from './world.ts'

const env = { LAYERHOUSE_AUTH_MODE: 'users' }
const password = 'correct horse battery'

async function run(args: readonly string[], typed?: string) {
  const world = createWorld(env)
  const stdin = typed === undefined ? {} : { stdin: Readable.from([typed]) }
  const code = await dispatch('layerhouse', commands, args, { ...world.io, ...stdin })
  return { code, stdout: world.stdout(), stderr: world.stderr() }
}

async function start(t: Test, offline: boolean) {
  const registry = await startRegistry(t, { env })
  if (offline) await registry.stop()
  const place = ['--root', registry.root, '--port', String(registry.port), '--host', '127.0.0.1']
  return { registry, do: (...args: readonly string[]) => run([...args, ...place]), place }
}

const ways = { 'by a running registry': false, 'without one': true } as const

for (const [way, offline] of Object.entries(ways)) {
  t.test(`accounts, rights and tokens are kept ${way}`, async (t) => {
    const { do: go, place } = await start(t, offline)
    const alice = await run(['user', 'add', 'Alice', '--password-stdin', ...place], `${password}\n`)
    t.same(alice, { code: 0, stdout: 'made the account alice\n', stderr: '' })
    const bob = await go('user', 'add', 'bob', '--admin')
    t.match(bob, { code: 0, stdout: /^\w{20}\n$/, stderr: 'made the account bob\n' })
    t.match(await go('user', 'rm', 'bob'), { code: 1, stderr: /the last administrator/ })
    t.match(await go('user', 'disable', 'alice'), { code: 0, stdout: 'disabled alice\n' })
    t.match(await go('user', 'enable', 'alice'), { code: 0 })
    t.match(await go('user', 'passwd', 'alice'), { code: 0, stdout: /^\w{20}\n$/ })
    t.match(await go('group', 'add', 'devs', 'alice'), { code: 0, stdout: 'alice is in @devs\n' })
    t.match(await go('group', 'list'), { stdout: /@devs {2,}alice\n/ })
    t.match(await go('user', 'list'), { stdout: /alice {2,}- {2,}@devs {2,}never\nbob {2,}admin/ })

    const granted = await go('grant', '@devs', 'push', 'team/**')
    t.match(granted, {
      code: 0,
      stdout: 'granted push on team/** to @devs\n',
      stderr: /needs pull/,
    })
    const allowed = await go('access', 'test', 'alice', 'push', 'team/app')
    t.same(allowed, {
      code: 0,
      stdout: 'allowed: team/** grants push to group devs\n',
      stderr: '',
    })
    const not = await go('access', 'test', 'alice', 'pull', 'team/app')
    t.match(not, { code: 1, stdout: /^not allowed: / })
    t.match(await go('access', 'list'), { stdout: /team\/\*\* {2,}@devs {2,}push {2,}operator\n/ })
    t.match(await go('revoke', '@devs', 'team/**'), { code: 0 })
    t.match(await go('revoke', '@devs', 'team/**'), { code: 1, stderr: /nothing is granted/ })
    t.match(await go('group', 'rm', 'devs', 'alice'), { code: 0 })

    const robot = ['token', 'create', 'ci', '--actions', 'pull,push', '--repo', 'team/**']
    const made = await go(...robot, '--expires', '90d')
    t.match(made, { code: 0, stdout: /^lht_[\w-]{43}\n$/, stderr: /made the robot ci; it expires/ })
    t.match(await go(...robot), { code: 1, stdout: '', stderr: /the name ci is taken/ })
    const own = await go('token', 'create', 'laptop', '--user', 'alice')
    t.match(own, { code: 0, stdout: /^lht_/, stderr: /the token laptop of alice; it does not/ })
    const list = await go('token', 'list')
    t.match(list.stdout, /ci {2,}robot {2,}pull,push on team\/\*\*/)
    t.notMatch(list.stdout, /lht_/)
    t.match(await go('token', 'rotate', 'ci', '--overlap', '24h'), { code: 0, stdout: /^lht_/ })
    t.match(await go('token', 'rm', 'laptop', '--user', 'alice'), { code: 0 })
    t.match(await go('token', 'rm', 'laptop', '--user', 'alice'), { code: 1, stderr: /no token/ })
  })
}

t.test('users of an htpasswd file are imported', async (t) => {
  const { do: go, registry } = await start(t, true)
  const file = join(registry.root, 'users')
  writeFileSync(file, `carol:$2y$05$${'a'.repeat(53)}\ndave:{SHA}x\n`)
  const done = await go('user', 'import', file)
  t.match(done, { code: 1, stdout: 'made the account carol\n', stderr: /^line 2: .*SHA-1/ })
})

t.test(
  'the secret of the operator is there while the registry runs, for its user alone',
  async (t) => {
    const { registry } = await start(t, false)
    const file = join(registry.root, 'keys', 'operator')
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.equal(statSync(join(registry.root, 'keys')).mode & 0o777, 0o700)
    await registry.stop()
    t.notOk(existsSync(file))
  },
)

const usage: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['user', 'add'], /NAME is missing/],
  [['user', 'add', 'a', '--password-stdin'], /there is no standard input/],
  [['user', 'import', '/nowhere/at/all'], /no such file/],
  [['grant', 'alice', 'read', 'team/**'], /"read" is no action/],
  [['grant', 'alice', 'pull'], /PATTERN is missing/],
  [['token', 'create', 'ci'], /--actions is missing/],
  [['token', 'create', 'ci', '--actions', 'pull'], /--repo is missing/],
  [['token', 'create', 'ci', '--user', 'a', '--expires', '90'], /--expires: "90" has no unit/],
]

t.test('a command line that can not be meant is a usage error', async (t) => {
  for (const [args, message] of usage) {
    const { code, stdout, stderr } = await run(args)
    t.same([code, stdout], [2, ''], args.join(' '))
    t.match(stderr, message, args.join(' '))
  }
})

t.test('a password is asked for twice on a terminal, and not shown', async (t) => {
  const { place } = await start(t, true)
  const raw: boolean[] = []
  const terminal = (typed: string) =>
    Object.assign(Readable.from([typed]), {
      isTTY: true,
      setRawMode: (on: boolean) => raw.push(on),
    })
  const add = async (name: string, typed: string) => {
    const world = createWorld(env)
    const io = { ...world.io, stdin: terminal(typed) }
    const code = await dispatch('layerhouse', commands, ['user', 'add', name, ...place], io)
    return { code, stdout: world.stdout(), stderr: world.stderr() }
  }
  const twice = `${password}x\u007f\r${password}\r`
  const done = { code: 0, stdout: 'made the account alice\n', stderr: 'Password: \nAgain: \n' }
  t.same(await add('alice', twice), done)
  t.same(raw, [true, false])
  t.match(await add('bob', `${password}\rother\r`), { code: 2, stderr: /not the same/ })
  t.match(await add('bob', 'abc\u0003'), { code: 2, stderr: /given up/ })
})
