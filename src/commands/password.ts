import { randomInt } from 'node:crypto'
import { type Input, type Io, UsageError } from './command.ts'

const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** Some 116 random bits. */
const generatedLength = 20
/** Far more than a password may have. */
const longest = 4096

export interface ChosenPassword {
  readonly password: string
  /** Nobody has seen it yet. */
  readonly generated: boolean
}

function generate(): string {
  return Array.from({ length: generatedLength }, () => alphabet[randomInt(alphabet.length)]).join(
    '',
  )
}

async function readAll(input: Input): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += String(chunk)
    if (text.length > longest) throw new UsageError('the password on standard input is too long')
  }
  const line = text.replace(/\r?\n$/, '')
  if (line === '') throw new UsageError('there is no password on standard input')
  if (/[\r\n]/.test(line)) throw new UsageError('standard input holds more than one line')
  return line
}

type Keys = AsyncIterator<string, undefined>

async function* keysOf(input: Input): AsyncGenerator<string, undefined> {
  for await (const chunk of input) yield* String(chunk)
}

/** What is typed up to the end of the line. @throws UsageError at Ctrl-C */
async function readLine(keys: Keys): Promise<string> {
  let text = ''
  for (;;) {
    const { value, done } = await keys.next()
    if (done || value === '\u0003' || value === '\u0004') throw new UsageError('given up')
    if (value === '\r' || value === '\n') return text
    const isErased = value === '\u007f' || value === '\b'
    text = isErased ? [...text].slice(0, -1).join('') : text + value
  }
}

/** Nothing of it is shown. */
async function askTwice(input: Input, { stderr }: Io): Promise<string> {
  const keys = keysOf(input)
  const ask = async (prompt: string) => {
    stderr.write(prompt)
    return readLine(keys).finally(() => stderr.write('\n'))
  }
  input.setRawMode?.(true)
  try {
    const password = await ask('Password: ')
    if ((await ask('Again: ')) === password) return password
    throw new UsageError('the two passwords are not the same')
  } finally {
    input.setRawMode?.(false)
    input.pause?.()
  }
}

/**
 * A password from standard input, from a terminal, where it is asked for twice and not shown, or a new
 * one if there is no terminal.
 * @throws UsageError
 */
export async function choosePassword(fromStdin: boolean, io: Io): Promise<ChosenPassword> {
  const { stdin } = io
  if (fromStdin) {
    if (!stdin) throw new UsageError('there is no standard input')
    return { password: await readAll(stdin), generated: false }
  }
  if (!stdin?.isTTY) return { password: generate(), generated: true }
  return { password: await askTwice(stdin, io), generated: false }
}
