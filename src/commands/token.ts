import { parseDuration, UnitError } from '../../config/units.ts'
import { type Action, writeActions } from '../access/actions.ts'
import { type Command, UsageError } from './command.ts'
import { group } from './dispatch.ts'
import { hintOf, readActions } from './grant.ts'
import { formatTable, keeperCommand, segment } from './keeper.ts'

interface Token {
  readonly account: string
  readonly name: string
  readonly robot: boolean
  readonly scopes?: readonly { readonly pattern: string; readonly actions: readonly Action[] }[]
  readonly expiresAt?: string
  readonly usedAt?: string
}

type Made = Token & { readonly secret: string }

const once = `The secret alone goes to standard output, this once: keep it, or pipe it to
"docker login --username NAME --password-stdin HOST".`

/** Milliseconds. @throws UsageError */
function readDuration(flag: string, text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof UnitError) throw new UsageError(`--${flag}: ${error.message}`)
    throw error
  }
}

function expiry(text: string | undefined): { readonly expiresAt?: string } {
  if (text === undefined) return {}
  return { expiresAt: new Date(Date.now() + readDuration('expires', text)).toISOString() }
}

/** @throws UsageError */
function scopesOf(actions: string | undefined, repo: string | undefined, user: string | undefined) {
  if (actions === undefined && repo === undefined && user !== undefined) return {}
  if (actions === undefined) throw new UsageError('--actions is missing; write --actions pull,push')
  if (repo === undefined) throw new UsageError("--repo is missing; write --repo 'team/**'")
  const read = readActions(actions)
  return { scopes: repo.split(',').map((pattern) => ({ pattern, actions: read })) }
}

function untilOf({ expiresAt }: Token): string {
  return expiresAt === undefined ? 'it does not expire' : `it expires at ${expiresAt}`
}

const create = keeperCommand({
  path: 'token create',
  summary: 'Make a token for a program.',
  synopsis: 'NAME --actions ACTIONS --repo PATTERN [--expires 90d] [--user USER]',
  about: `Makes a robot, which signs in with NAME and a secret and may do what is said here, and nothing else.
With --user it is a personal token instead: it signs in as USER, with at most the rights that USER
has at the time; --actions and --repo may then be left out for all of them. ${once}`,
  positionals: ['NAME'],
  values: ['actions', 'repo', 'expires', 'user'],
  flags: [
    ['--actions ACTIONS', 'pull, push, overwrite, delete and admin, with commas between them.'],
    ['--repo PATTERN', "Where: team/app, 'team/*' or 'team/**'; several with commas between them."],
    ['--expires DURATION', 'After how long it ends, such as 90d; else it does not.'],
    ['--user USER', 'Whose personal token it is.'],
  ],
  async prepare({ values: { actions, repo, expires, user } }) {
    const account = user === undefined ? {} : { account: user }
    return { ...account, ...scopesOf(actions, repo, user), ...expiry(expires) }
  },
  async run({ positionals: [name = ''] }, registry, prepared) {
    const wish = prepared as object
    const made = await registry.ask<Made>('POST', '/tokens', { name, ...wish })
    const allowed = (made.scopes ?? []).flatMap(({ actions }) => actions)
    const what = made.robot ? `the robot ${made.name}` : `the token ${name} of ${made.account}`
    return {
      text: `${made.secret}\n`,
      json: made,
      note: `made ${what}; ${untilOf(made)}\n${hintOf(allowed)}`,
    }
  },
})

function scopeWords({ scopes }: Token): string {
  if (scopes === undefined) return 'all of its account'
  return scopes.map(({ pattern, actions }) => `${writeActions(actions)} on ${pattern}`).join('; ')
}

const list = keeperCommand({
  path: 'token list',
  summary: 'Show the tokens.',
  synopsis: '[--user USER]',
  about: 'Shows tokens with what they may do, when they end, and when they were last used.',
  values: ['user'],
  flags: [['--user USER', 'Of this account or robot alone.']],
  async run({ values: { user } }, registry) {
    const query = user === undefined ? '' : `?account=${segment(user)}`
    const answer = await registry.ask<{ readonly items: readonly Token[] }>(
      'GET',
      `/tokens${query}`,
    )
    const rows = answer.items.map((token) => [
      token.account,
      token.robot ? 'robot' : token.name,
      scopeWords(token),
      token.expiresAt ?? 'never',
      token.usedAt ?? 'never',
    ])
    const head = ['ACCOUNT', 'TOKEN', 'MAY', 'EXPIRES', 'USED']
    return { text: formatTable([head, ...rows]), json: answer }
  },
})

function pathOf(name: string, user: string | undefined): string {
  return `/tokens/${segment(user ?? name)}/${segment(name)}`
}

const rotate = keeperCommand({
  path: 'token rotate',
  summary: 'Make a new secret for a token.',
  synopsis: 'NAME [--overlap 24h] [--expires 90d] [--user USER]',
  about: `Makes a new secret; the one before goes on to work for --overlap, so that programs can change over.
${once}`,
  positionals: ['NAME'],
  values: ['overlap', 'expires', 'user'],
  flags: [
    ['--overlap DURATION', 'How long the secret before is taken, up to 30d; else it ends now.'],
    ['--expires DURATION', 'After how long the new one ends; else when the one before would.'],
    ['--user USER', 'Whose personal token it is.'],
  ],
  async prepare({ values: { overlap = '0', expires } }) {
    const seconds = Math.ceil(readDuration('overlap', overlap) / 1000)
    return { overlap: seconds, ...expiry(expires) }
  },
  async run({ positionals: [name = ''], values: { user } }, registry, prepared) {
    const path = `${pathOf(name, user)}/rotate`
    const made = await registry.ask<Made>('POST', path, prepared as object)
    const note = `made a new secret of ${made.name}; ${untilOf(made)}\n`
    return { text: `${made.secret}\n`, json: made, note }
  },
})

const rm = keeperCommand({
  path: 'token rm',
  summary: 'Remove a token.',
  synopsis: 'NAME [--user USER]',
  about: 'Removes a token, and the robot whose it is. It is void at once.',
  positionals: ['NAME'],
  values: ['user'],
  flags: [['--user USER', 'Whose personal token it is.']],
  async run({ positionals: [name = ''], values: { user } }, registry) {
    await registry.ask('DELETE', pathOf(name, user))
    return { text: `removed the token ${name}\n`, json: { removed: name } }
  },
})

export const token: Command = group('token', 'Look after tokens of programs.', [
  create,
  list,
  rotate,
  rm,
])
