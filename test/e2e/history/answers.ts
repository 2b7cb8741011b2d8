/** What came back over a connection. */
export interface Answer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** Answers out of the bytes of a connection, in the order of their requests. */
export interface AnswerReader {
  /** Names the method of the next request sent: an answer to HEAD has no body. */
  expect(method: string): void
  /** The answers that these bytes complete. @throws Error for what no registry should send. */
  read(bytes: Buffer): readonly Answer[]
}

interface Head extends Omit<Answer, 'body'> {
  /** Bytes. */
  readonly length: number
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
  if (Number.isNaN(status)) throw new Error(`no status line: ${first}`)
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const length = Number(headers.get('content-length') ?? (status === 204 ? 0 : Number.NaN))
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${text}`)
  return { status, headers, length }
}

export function createAnswerReader(): AnswerReader {
  const methods: string[] = []
  let bytes = Buffer.alloc(0)
  let head: Head | undefined

  function next(): Answer | undefined {
    const end = bytes.indexOf('\r\n\r\n')
    if (head === undefined) {
      if (end < 0) return undefined
      head = parseHead(bytes.toString('latin1', 0, end))
      bytes = bytes.subarray(end + 4)
    }
    const length = methods[0] === 'HEAD' ? 0 : head.length
    if (bytes.length < length) return undefined
    if (methods.shift() === undefined) throw new Error('an answer without a request')
    const answer = { ...head, body: Buffer.from(bytes.subarray(0, length)) }
    bytes = bytes.subarray(length)
    head = undefined
    return answer
  }

  return {
    expect(method) {
      methods.push(method)
    },
    read(more) {
      bytes = Buffer.concat([bytes, more])
      const answers: Answer[] = []
      for (let answer = next(); answer !== undefined; answer = next()) answers.push(answer)
      return answers
    },
  }
}
