import type { Command } from './command.ts'
import { group as commandGroup } from './dispatch.ts'
import { formatTable, keeperCommand, segment } from './keeper.ts'

function pathOf(positionals: readonly string[]): string {
  const [group = '', user = ''] = positionals
  return `/groups/${segment(group)}/members/${segment(user)}`
}

const add = keeperCommand({
  path: 'group add',
  summary: 'Put somebody into a group.',
  synopsis: 'GROUP USER',
  about: 'Puts an account into a group, which is made if need be.',
  positionals: ['GROUP', 'USER'],
  async run({ positionals }, registry) {
    await registry.ask('PUT', pathOf(positionals))
    return { text: `${positionals[1]} is in @${positionals[0]?.replace(/^@/, '')}\n` }
  },
})

const rm = keeperCommand({
  path: 'group rm',
  summary: 'Take somebody out of a group.',
  synopsis: 'GROUP USER',
  about: 'Takes an account out of a group. A group without members and grants is no more.',
  positionals: ['GROUP', 'USER'],
  async run({ positionals }, registry) {
    await registry.ask('DELETE', pathOf(positionals))
    return { text: `${positionals[1]} is no more in @${positionals[0]?.replace(/^@/, '')}\n` }
  },
})

const list = keeperCommand({
  path: 'group list',
  summary: 'Show the groups.',
  synopsis: '',
  about: 'Shows the groups and who is in them.',
  async run(_given, registry) {
    const answer = await registry.ask<{
      readonly items: readonly { readonly name: string; readonly members: readonly string[] }[]
    }>('GET', '/groups')
    const rows = answer.items.map(({ name, members }) => [`@${name}`, members.join(' ') || '-'])
    return { text: formatTable([['GROUP', 'MEMBERS'], ...rows]), json: answer }
  },
})

export const group: Command = commandGroup('group', 'Look after groups of accounts.', [
  add,
  rm,
  list,
])
