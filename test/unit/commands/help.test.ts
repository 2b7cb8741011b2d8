import { readFileSync } from 'node:fs'
import t from 'tap'
import { commands } from '../../../src/commands/all.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { createWorld } from './world.ts'

async function help(path: readonly string[]): Promise<string> {
  const world = createWorld()
  t.equal(await dispatch('layerhouse', commands, ['help', ...path], world.io), 0)
  return world.stdout()
}

/** The paths of the commands that a help text lists. */
function listed(text: string, path: readonly string[]): string[][] {
  const [, list = ''] = /\nCommands:\n((?: {2}.*\n)+)/.exec(text) ?? []
  return [...list.matchAll(/^ {2}(\w\S*)/gm)].map(([, name = '']) => [...path, name])
}

t.test('the command-line page shows the help of every command', async (t) => {
  const page = readFileSync(
    new URL('../../../../docs/reference/command-line.md', import.meta.url),
    'utf8',
  )
  const queue: string[][] = [[]]
  const seen: string[] = []
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const text = await help(path)
    t.ok(page.includes(`\`\`\`text\n${text}\`\`\`\n`), `layerhouse ${path.join(' ')} --help`)
    seen.push(path.join(' '))
    queue.push(...listed(text, path))
  }
  t.same(seen, [
    '',
    'serve',
    'rm',
    'import',
    'export',
    'gc',
    'user',
    'group',
    'grant',
    'revoke',
    'access',
    'token',
    'check',
    'backup',
    'restore',
    'rebuild',
    'adopt',
    'tls',
    'config',
    'version',
    'user add',
    'user list',
    'user passwd',
    'user disable',
    'user enable',
    'user rm',
    'user import',
    'group add',
    'group rm',
    'group list',
    'access list',
    'access test',
    'token create',
    'token list',
    'token rotate',
    'token rm',
    'tls init',
    'config print',
    'config check',
  ])
})

t.test('every command has a summary of one sentence and a usage of its own', async (t) => {
  for (const { name, summary, usage } of commands) {
    t.match(summary, /^[A-Z].*\.$/, name)
    t.match(usage, new RegExp(`^Usage: layerhouse ${name}\\b[^]*\n$`), name)
  }
})
