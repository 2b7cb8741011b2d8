import { must, run } from './command.ts'
import { mainPath } from './flavour.ts'
import type { Registry } from './registry.ts'

const plain = ['-u', 'NODE_OPTIONS', '-u', 'NODE_V8_COVERAGE', process.execPath, mainPath]

/** Runs a command of `layerhouse` on a registry that runs, as its administrator would. */
export async function administer(
  { root, host }: Pick<Registry, 'root' | 'host'>,
  args: readonly string[],
  input = '',
): Promise<string> {
  const [address = '', port = ''] = host.split(':')
  const place = ['--root', root, '--host', address, '--port', port]
  return (await must('env', [...plain, ...args, ...place], { input })).stdout.trim()
}

/** Makes an account with a password and grants: `pattern → actions`. */
export async function addUser(
  registry: Pick<Registry, 'root' | 'host'>,
  name: string,
  password: string,
  grants: Readonly<Record<string, string>> = {},
): Promise<void> {
  await administer(registry, ['user', 'add', name, '--password-stdin'], `${password}\n`)
  for (const [pattern, actions] of Object.entries(grants)) {
    await administer(registry, ['grant', name, actions, pattern])
  }
}

/** What a command said that had to fail. */
export async function failing(
  command: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options)
  if (code === 0) throw new Error(`${command} ${args.join(' ')} succeeded: ${stdout}`)
  return stdout + stderr
}
