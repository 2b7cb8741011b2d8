import t from 'tap'
import { createAnswerReader } from '../../e2e/history/answers.ts'

const answers = [
  'HTTP/1.1 202 Accepted\r\nRange: 0-2\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\na\r\n\r\n',
].join('')

t.test('answers are told apart wherever the bytes are cut', async (t) => {
  for (const size of [1, 7, answers.length]) {
    const reader = createAnswerReader()
    for (const method of ['PATCH', 'GET', 'HEAD', 'GET']) reader.expect(method)
    const found = []
    for (let at = 0; at < answers.length; at += size) {
      found.push(...reader.read(Buffer.from(answers.slice(at, at + size))))
    }
    t.strictSame(
      found.map(({ status, body }) => [status, body.toString()]),
      [
        [202, ''],
        [204, ''],
        [200, ''],
        [200, 'a\r\n\r\n'],
      ],
    )
    t.equal(found[0]?.headers.get('range'), '0-2')
  }
})

t.test('what is no answer is an error', async (t) => {
  const cases = {
    'no status line': 'hello\r\n\r\n',
    'no length': 'HTTP/1.1 200 OK\r\n\r\n',
    'a length that is none': 'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n',
  }
  for (const [title, text] of Object.entries(cases)) {
    const reader = createAnswerReader()
    reader.expect('GET')
    t.throws(() => reader.read(Buffer.from(text)), title)
  }
  const unasked = 'HTTP/1.1 204 No Content\r\n\r\n'
  t.throws(() => createAnswerReader().read(Buffer.from(unasked)), 'nobody asked')
})
