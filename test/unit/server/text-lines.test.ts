import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { loadConfig } from '../../../config/load.ts'
import { createLogger } from '../../../src/server/logger.ts'
import { formatLine } from '../../../src/server/text-lines.ts'

t.test('a line of JSON becomes a line for people', async (t) => {
  const line = {
    level: 'info',
    time: '2026-01-02T03:04:05.678Z',
    reqId: 'req-1',
    msg: 'request',
    method: 'GET',
    status: 200,
    agent: 'docker/28 go/1',
    tag: '',
  }
  t.equal(
    formatLine(JSON.stringify(line)),
    '03:04:05.678 INFO  request  method=GET  status=200  agent="docker/28 go/1"  tag=""\n',
  )
})

t.test('nothing in a value can command the terminal', async (t) => {
  const line = {
    level: 'info',
    time: '2026-01-02T03:04:05.678Z',
    msg: 'x',
    agent: 'a\u001b[2J\u009b2J\n',
  }
  const text = formatLine(JSON.stringify(line))
  t.notMatch(text.slice(0, -1), /\p{Cc}/u)
  t.match(text, /agent="a\\u001b\[2J\\u009b2J\\n"/)
})

t.test('an error brings its stack, and what is no JSON passes', async (t) => {
  const line = {
    level: 'error',
    time: '2026-01-02T03:04:05.678Z',
    msg: 'x',
    err: { stack: 'E\n at f' },
  }
  t.match(formatLine(JSON.stringify(line)), /ERROR x\nE\n at f\n$/)
  t.equal(formatLine('plain\n'), 'plain\n')
})

t.test('a terminal gets text, anything else JSON, unless it is said', async (t) => {
  const cases: readonly (readonly [string, boolean, boolean])[] = [
    ['auto', true, true],
    ['auto', false, false],
    ['json', true, false],
    ['text', false, true],
  ]
  for (const [format, isTTY, text] of cases) {
    const { config } = loadConfig({ env: { LAYERHOUSE_LOG_FORMAT: format }, flags: {} })
    let written = ''
    const logger = createLogger(config, { isTTY, write: (line) => (written += line) })
    logger.info({ password: 'hunter2', headers: { authorization: 'Basic x' } }, 'hello')
    await nextTurn()
    t.equal(written.startsWith('{'), !text, `${format} ${isTTY}`)
    t.match(written, 'hello')
    t.notMatch(written, /hunter2|Basic x/, 'secrets are hidden')
  }
})
