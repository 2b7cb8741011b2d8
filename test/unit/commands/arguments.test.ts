import t from 'tap'
import { parseArguments } from '../../../src/commands/arguments.ts'

const spec = { values: ['port', 'host'], switches: ['json'], positionals: ['FILE'] } as const

const good: readonly (readonly [args: string[], values: object, json: boolean])[] = [
  [['f'], {}, false],
  [['f', '--port', '5'], { port: '5' }, false],
  [['--port=5', 'f', '--json'], { port: '5' }, true],
  [['--port=-5', 'f'], { port: '-5' }, false],
  [['--port=', 'f'], { port: '' }, false],
  [['--port', '5', '--host', 'h', '--', 'f'], { port: '5', host: 'h' }, false],
]

t.test('flags, switches and arguments are told apart in any order', async (t) => {
  for (const [args, values, json] of good) {
    const parsed = parseArguments(args, spec)
    t.same(parsed.values, values, args.join(' '))
    t.equal(parsed.switches.has('json'), json)
    t.same(parsed.positionals, ['f'])
  }
})

t.test('what follows -- is no flag', async (t) => {
  t.same(parseArguments(['--', '--json'], spec).positionals, ['--json'])
})

const bad: readonly (readonly [args: string[], message: string | RegExp])[] = [
  [['f', '--prot', '5'], 'unknown flag --prot; did you mean --port?'],
  [['f', '--prot=5'], 'unknown flag --prot; did you mean --port?'],
  [['f', '--zzzzzz'], 'unknown flag --zzzzzz; known are --port, --host, --json, --help'],
  [['f', '--no-json'], /^unknown flag --no-json/],
  [['f', '-p', '5'], /^unknown flag -p/],
  [['f', '-port'], /^unknown flag -p/],
  [['f', '--constructor'], /^unknown flag --constructor/],
  [['f', '--port'], '--port needs a value; write --port=VALUE'],
  [['f', '--port', '--host', 'h'], '--port needs a value; write --port=VALUE'],
  [['f', '--json=yes'], '--json takes no value'],
  [['f', '--port', '1', '--port', '2'], '--port is given twice'],
  [['f', '--json', '--json'], '--json is given twice'],
  [[], 'FILE is missing'],
  [['f', 'g'], 'unexpected argument "g"'],
]

t.test('arguments that cannot be meant are usage errors that name the flag', async (t) => {
  for (const [args, message] of bad) {
    t.throws(() => parseArguments(args, spec), { name: 'UsageError', message }, args.join(' '))
  }
})

t.test('a switch may have a letter, and letters stand together', async (t) => {
  const own = { switches: ['dry-run', 'quiet'], letters: { d: 'dry-run', q: 'quiet' } } as const
  const both = new Set(['dry-run', 'quiet'])
  for (const args of [['-d', '-q'], ['-dq'], ['--dry-run', '-q'], ['-qd']]) {
    t.same(parseArguments(args, own).switches, both, args.join(' '))
  }
  const wrong: readonly (readonly [args: string[], message: RegExp])[] = [
    [['-x'], /^unknown flag -x; known are --dry-run/],
    [['-dx'], /^unknown flag -x/],
    [['-d', '-d'], /^-d is given twice/],
    [['-d', '--dry-run'], /^--dry-run is given twice/],
    [['--d'], /^unknown flag --d/],
    [['-constructor'], /^unknown flag -c/],
  ]
  for (const [args, message] of wrong) {
    t.throws(() => parseArguments(args, own), { name: 'UsageError', message }, args.join(' '))
  }
})

t.test('one more argument is taken only where that is allowed', async (t) => {
  const more = { positionals: ['FILE'], surplus: true } as const
  t.same(parseArguments(['f'], more).positionals, ['f'])
  t.same(parseArguments(['f', 'g'], more).positionals, ['f', 'g'])
  t.throws(() => parseArguments(['f', 'g', 'h'], more), { message: 'unexpected argument "h"' })
  t.throws(() => parseArguments([], more), { message: 'FILE is missing' })
})

t.test('help is asked for before anything else is judged', async (t) => {
  for (const args of [['--help'], ['-h'], ['--zzz', '--help'], ['f', 'g', '-h']]) {
    t.throws(() => parseArguments(args, spec), { name: 'HelpRequest' }, args.join(' '))
  }
  t.same(parseArguments(['--', '--help'], spec).positionals, ['--help'], 'but not after --')
})
