import t from 'tap'
import { ConfigError } from '../../../config/error.ts'
import { parseArguments } from '../../../src/commands/arguments.ts'
import { type Command, UsageError } from '../../../src/commands/command.ts'
import { dispatch, group } from '../../../src/commands/dispatch.ts'
import { createWorld } from './world.ts'

function command(name: string, run: Command['run']): Command {
  return { name, summary: `Does ${name}.`, usage: `Usage: ${name}\n`, run }
}

const commands: readonly Command[] = [
  command('echo', async (args, { stdout }) => {
    const { positionals } = parseArguments(args, { positionals: ['WORD'] })
    stdout.write(`${positionals.join()}\n`)
    return 0
  }),
  { ...command('fail', async () => 1), aliases: ['--fail', '-f'] },
  command('usage', async () => {
    throw new UsageError('--a: bad\n--b: bad')
  }),
  command('config', async () => {
    throw new ConfigError(['A: bad', 'B: bad'])
  }),
  command('bug', async () => {
    throw new TypeError('a bug')
  }),
  group('inner', 'Holds others.', [
    command('leaf', async (args) => {
      parseArguments(args, {})
      return 0
    }),
  ]),
]

interface Case {
  readonly args: readonly string[]
  readonly code: number
  readonly stdout?: string | RegExp
  readonly stderr?: string | RegExp
}

const cases: readonly Case[] = [
  { args: [], code: 2, stderr: /^Usage: it COMMAND\n\nCommands:\n {2}echo {4}Does echo\.\n/ },
  { args: ['help'], code: 0, stdout: /^Usage: it COMMAND/ },
  { args: ['--help'], code: 0, stdout: /^Usage: it COMMAND/ },
  { args: ['-h'], code: 0, stdout: /^Usage: it COMMAND/ },
  { args: ['help', 'help'], code: 0, stdout: /^Usage: it COMMAND/ },
  { args: ['help', '--help'], code: 0, stdout: /^Usage: it COMMAND/ },
  { args: ['help', 'echo'], code: 0, stdout: 'Usage: echo\n' },
  { args: ['echo', '--help'], code: 0, stdout: 'Usage: echo\n' },
  { args: ['help', 'inner'], code: 0, stdout: /^Usage: layerhouse inner COMMAND/ },
  { args: ['inner', '--help'], code: 0, stdout: /^Usage: layerhouse inner COMMAND/ },
  { args: ['help', 'inner', 'leaf'], code: 0, stdout: 'Usage: leaf\n' },
  { args: ['inner', 'leaf', '-h'], code: 0, stdout: 'Usage: leaf\n' },
  { args: ['inner'], code: 2, stderr: /^Usage: layerhouse inner COMMAND/ },
  { args: ['inner', 'leaf'], code: 0 },
  { args: ['echo', 'hello'], code: 0, stdout: 'hello\n' },
  { args: ['fail'], code: 1 },
  { args: ['-f'], code: 1 },
  { args: ['--fail'], code: 1 },
  { args: ['ecko'], code: 2, stderr: /^it: unknown command ecko; did you mean echo\?\n/ },
  { args: ['zzzzz'], code: 2, stderr: /; the commands are echo, fail, .*, inner, help\n/ },
  { args: ['help', 'zzzzz'], code: 2, stderr: /unknown command zzzzz/ },
  { args: ['inner', 'laef'], code: 2, stderr: /^layerhouse inner: .* did you mean leaf\?/ },
  { args: ['--port', '5'], code: 2, stderr: /^it: a command is missing before --port\n/ },
  {
    args: ['echo'],
    code: 2,
    stderr: 'it echo: WORD is missing\n"it echo --help" shows the usage.\n',
  },
  { args: ['usage'], code: 2, stderr: /^it usage: --a: bad\nit usage: --b: bad\n/ },
  { args: ['config'], code: 1, stderr: 'A: bad\nB: bad\n' },
]

t.test('a command line leads to output and an exit code', async (t) => {
  for (const { args, code, stdout = '', stderr = '' } of cases) {
    const world = createWorld()
    const title = `it ${args.join(' ')}`
    t.equal(await dispatch('it', commands, args, world.io), code, title)
    for (const [found, wanted] of [
      [world.stdout(), stdout],
      [world.stderr(), stderr],
    ] as const) {
      if (typeof wanted === 'string') t.equal(found, wanted, title)
      else t.match(found, wanted, title)
    }
  }
})

t.test('a bug in a command is not passed off as a usage error', async (t) => {
  await t.rejects(dispatch('it', commands, ['bug'], createWorld().io), { message: 'a bug' })
})
