import { readFileSync } from 'node:fs'
import { type Command, type Io, UsageError } from './command.ts'
import { group } from './dispatch.ts'
import { formatTable, keeperCommand, type Said, segment } from './keeper.ts'
import { type ChosenPassword, choosePassword } from './password.ts'

interface User {
  readonly name: string
  readonly source: string
  readonly admin: boolean
  readonly disabled: boolean
  readonly groups: readonly string[]
  readonly seenAt?: string
}

interface Imported {
  readonly created: readonly string[]
  readonly taken: readonly string[]
  readonly problems: readonly { readonly line: number; readonly message: string }[]
}

const passwordFlag = ['--password-stdin', 'Read the password from standard input.'] as const

const passwordHelp = `The password is asked for twice and not shown. Where there is no terminal, a new one is made and printed
to standard output, this once; --password-stdin takes it from standard input.`

const running = `A running registry is asked to do it; if none runs, it is done here.`

function wantPassword(given: { readonly switches: ReadonlySet<string> }, io: Io) {
  return choosePassword(given.switches.has('password-stdin'), io)
}

/** A generated password is the result: the only thing on standard output. */
function withPassword(note: string, user: object, chosen: ChosenPassword): Said {
  const { password, generated } = chosen
  if (!generated) return { text: note, json: user }
  return { note, text: `${password}\n`, json: { ...user, password } }
}

const add = keeperCommand({
  path: 'user add',
  summary: 'Make an account.',
  synopsis: 'NAME [--admin] [--password-stdin]',
  about: `Makes an account that signs in with a password. ${passwordHelp}
${running}`,
  positionals: ['NAME'],
  switches: ['admin', 'password-stdin'],
  flags: [['--admin', 'May do everything.'], passwordFlag],
  prepare: wantPassword,
  async run({ positionals: [name = ''], switches }, registry, prepared) {
    const chosen = prepared as ChosenPassword
    const body = { name, password: chosen.password, admin: switches.has('admin') }
    const user = await registry.ask<User>('POST', '/users', body)
    return withPassword(`made the account ${user.name}\n`, user, chosen)
  },
})

const passwd = keeperCommand({
  path: 'user passwd',
  summary: 'Set a new password.',
  synopsis: 'NAME [--password-stdin]',
  about: `Sets a new password, and ends what was signed in with the old one. ${passwordHelp}
${running}`,
  positionals: ['NAME'],
  switches: ['password-stdin'],
  flags: [passwordFlag],
  prepare: wantPassword,
  async run({ positionals: [name = ''] }, registry, prepared) {
    const chosen = prepared as ChosenPassword
    const path = `/users/${segment(name)}`
    const user = await registry.ask<User>('PATCH', path, { password: chosen.password })
    return withPassword(`set the password of ${user.name}\n`, user, chosen)
  },
})

function wordsOf({ admin, disabled, source }: User): string {
  const words = [
    ...(admin ? ['administrator'] : []),
    ...(disabled ? ['disabled'] : []),
    ...(source === 'local' ? [] : [`from ${source}`]),
  ]
  return words.join(', ') || '-'
}

const list = keeperCommand({
  path: 'user list',
  summary: 'Show the accounts.',
  synopsis: '',
  about: 'Shows the accounts of people, their groups, and when they last signed in.',
  async run(_given, registry) {
    const users: User[] = []
    let cursor = ''
    for (;;) {
      const path = `/users?limit=200${cursor}`
      const page = await registry.ask<{ items: User[]; next?: string }>('GET', path)
      users.push(...page.items)
      if (page.next === undefined) break
      cursor = `&cursor=${page.next}`
    }
    const rows = users.map((user) => [
      user.name,
      wordsOf(user),
      user.groups.map((name) => `@${name}`).join(' ') || '-',
      user.seenAt ?? 'never',
    ])
    const head = ['NAME', 'IS', 'GROUPS', 'SIGNED IN']
    return { text: formatTable([head, ...rows]), json: { items: users } }
  },
})

/** A command with a name that changes one thing. */
function change(verb: string, summary: string, about: string, done: string, body: object): Command {
  return keeperCommand({
    path: `user ${verb}`,
    summary,
    synopsis: 'NAME',
    about: `${about} ${running}`,
    positionals: ['NAME'],
    async run({ positionals: [name = ''] }, registry) {
      const user = await registry.ask<User>('PATCH', `/users/${segment(name)}`, body)
      return { text: `${done} ${user.name}\n`, json: user }
    },
  })
}

const rm = keeperCommand({
  path: 'user rm',
  summary: 'Remove an account.',
  synopsis: 'NAME',
  about: `Removes an account with its grants, tokens and sessions. What was pushed stays. ${running}`,
  positionals: ['NAME'],
  async run({ positionals: [name = ''] }, registry) {
    await registry.ask('DELETE', `/users/${segment(name)}`)
    return { text: `removed ${name}\n`, json: { removed: name } }
  },
})

function formatImport({ created, taken, problems }: Imported): Said {
  const lines = [
    ...taken.map((name) => `${name} is taken already, and stays as it is\n`),
    ...problems.map(({ line, message }) => `line ${line}: ${message}\n`),
  ]
  return {
    text: created.map((name) => `made the account ${name}\n`).join(''),
    note: lines.join(''),
    json: { created, taken, problems },
    code: lines.length === 0 ? 0 : 1,
  }
}

const importUsers = keeperCommand({
  path: 'user import',
  summary: 'Make accounts of an htpasswd file.',
  synopsis: 'FILE',
  about: `Makes an account of each user of a file of "htpasswd -B"; their passwords go on to work. Who is there
already stays as they are. The exit code is 1 if anybody was left out. ${running}`,
  positionals: ['FILE'],
  async prepare({ positionals: [file = ''] }) {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error))
    }
  },
  async run(_given, registry, htpasswd) {
    return formatImport(await registry.ask<Imported>('POST', '/users/import', { htpasswd }))
  },
})

export const user: Command = group('user', 'Look after accounts.', [
  add,
  list,
  passwd,
  change(
    'disable',
    'Keep somebody out.',
    'Keeps an account out, with its tokens and sessions, and all it has stays.',
    'disabled',
    { disabled: true },
  ),
  change('enable', 'Let somebody in again.', 'Undoes "user disable".', 'enabled', {
    disabled: false,
  }),
  rm,
  importUsers,
])
