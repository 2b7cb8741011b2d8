import { must } from './command.ts'

export interface Answer {
  readonly status: number
  /** Lower-case name → value; several of one name are joined with a comma. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

function readHeaders(block: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of block.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return headers
}

/** curl with its answer taken apart. `100 Continue` blocks are passed over. Text bodies only. */
export async function curl(...args: readonly string[]): Promise<Answer> {
  const { stdout } = await must('curl', ['--silent', '--show-error', '--include', ...args], {
    timeout: 120_000,
  })
  let rest = stdout
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const block = rest.slice(0, end)
    rest = rest.slice(end + 4)
    const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(block)?.[1])
    if (Number.isNaN(status)) throw new Error(`not an HTTP answer: ${stdout.slice(0, 200)}`)
    if (status >= 200) return { status, headers: readHeaders(block), body: rest }
  }
}
