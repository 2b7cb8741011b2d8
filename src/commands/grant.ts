import { type Action, parseActions, writeActions } from '../access/actions.ts'
import { type Command, UsageError } from './command.ts'
import { group } from './dispatch.ts'
import { formatTable, keeperCommand } from './keeper.ts'

const who = `NAME is an account, @GROUP, "users" for everybody who has signed in, or "anonymous" for everybody.`
const patterns = `PATTERN is a repository such as team/app, team/* for those with one more part, or team/** for all
below team; quote it, so that the shell does not read it.`

/** @throws UsageError */
export function readActions(text: string): readonly Action[] {
  const { actions, problem } = parseActions(text)
  if (actions === undefined) throw new UsageError(problem)
  return actions
}

/** What clients push with reads, too. */
export function hintOf(actions: readonly Action[]): string {
  const pushes = actions.includes('push') && !actions.includes('pull')
  return pushes && !actions.includes('admin')
    ? 'note: "docker push" asks whether layers are there, so that it needs pull as well as push\n'
    : ''
}

export const grant = keeperCommand({
  path: 'grant',
  summary: 'Give somebody rights on repositories.',
  synopsis: 'NAME ACTIONS PATTERN',
  about: `Gives rights, in place of what was granted to the same on the same pattern. ACTIONS are, with commas
between them: pull; push, to make what is not there; overwrite, to move tags; delete; admin, which is
all of them and gives rights to others; or none, which takes away what other patterns give. Of all
patterns that match a repository and are granted to somebody, the most specific alone counts.

${who}
${patterns}`,
  positionals: ['NAME', 'ACTIONS', 'PATTERN'],
  prepare: async ({ positionals: [, text = ''] }) => readActions(text),
  async run({ positionals: [grantee = '', , pattern = ''] }, registry, prepared) {
    const actions = prepared as readonly Action[]
    await registry.ask('PUT', '/grants', { grantee, pattern, actions })
    return {
      text: `granted ${writeActions(actions)} on ${pattern} to ${grantee}\n`,
      json: { grantee, pattern, actions },
      note: hintOf(actions),
    }
  },
})

export const revoke = keeperCommand({
  path: 'revoke',
  summary: 'Take back what was granted.',
  synopsis: 'NAME PATTERN',
  about: `Takes back what was granted to somebody on exactly this pattern; it holds at once, for what is signed
in already, too. "layerhouse access list" shows what there is.

${who}`,
  positionals: ['NAME', 'PATTERN'],
  async run({ positionals: [grantee = '', pattern = ''] }, registry) {
    const query = new URLSearchParams({ grantee, pattern })
    await registry.ask('DELETE', `/grants?${query}`)
    return { text: `revoked what ${grantee} had on ${pattern}\n`, json: { grantee, pattern } }
  },
})

interface Grant {
  readonly grantee: string
  readonly pattern: string
  readonly actions: readonly Action[]
  readonly grantedBy: string
}

const list = keeperCommand({
  path: 'access list',
  summary: 'Show what was granted.',
  synopsis: '[--user NAME] [--repo PATTERN]',
  about: 'Shows what was granted to whom, by pattern.',
  values: ['user', 'repo'],
  flags: [
    ['--user NAME', 'To this account, @group, users or anonymous alone.'],
    ['--repo PATTERN', 'On exactly this pattern alone.'],
  ],
  async run({ values: { user, repo } }, registry) {
    const query = new URLSearchParams({
      ...(user === undefined ? {} : { grantee: user }),
      ...(repo === undefined ? {} : { pattern: repo }),
    })
    const answer = await registry.ask<{ readonly items: readonly Grant[] }>(
      'GET',
      `/grants?${query}`,
    )
    const rows = answer.items.map(({ pattern, grantee, actions, grantedBy }) => {
      return [pattern, grantee, writeActions(actions), grantedBy]
    })
    const head = ['PATTERN', 'TO', 'ACTIONS', 'BY']
    return { text: formatTable([head, ...rows]), json: answer }
  },
})

const test = keeperCommand({
  path: 'access test',
  summary: 'Tell whether somebody may do something, and why.',
  synopsis: 'USER ACTION REPO',
  about: `Prints the rule that decides. The exit code is 0 if it is allowed, and 1 if not. USER may be
"anonymous"; ACTION is pull, push, overwrite, delete or admin.`,
  positionals: ['USER', 'ACTION', 'REPO'],
  async run({ positionals: [user = '', action = '', repo = ''] }, registry) {
    const query = new URLSearchParams({ user, action, repo })
    const answer = await registry.ask<{ readonly allowed: boolean; readonly rule: string }>(
      'GET',
      `/access?${query}`,
    )
    const { allowed, rule } = answer
    const text = `${allowed ? 'allowed' : 'not allowed'}: ${rule}\n`
    return { text, json: answer, code: allowed ? 0 : 1 }
  },
})

export const access: Command = group('access', 'Look at who may do what.', [list, test])
