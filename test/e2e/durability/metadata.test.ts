import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { lacksStrace, traceScript } from './strace.ts'

const script = fileURLToPath(new URL('./metadata.js', import.meta.url))
const skip = lacksStrace()

function openMetadata(root: string, calls: string, fault?: string) {
  const options = { log: `${root}.trace`, script: [script, join(root, 'metadata.db')], calls }
  return traceScript({ ...options, ...(fault ? { fault } : {}) })
}

t.test(
  'the names of the database and its WAL are synced before it is used',
  { skip },
  async (t) => {
    const root = join(t.testdir({ data: {} }), 'data')
    const { calls } = await openMetadata(root, 'openat,fsync,write')
    const begun = calls.findIndex(({ text }) => text.includes('metadata.db-wal", O_RDWR|O_CREAT'))
    const opened = calls.findIndex(({ text }) => /^write\(1<.*"open"/.test(text))
    t.ok(begun >= 0 && opened > begun, 'the WAL is made')
    const between = calls.slice(begun, opened).filter(({ name }) => name === 'fsync')
    t.match(between.at(-1)?.text, new RegExp(`^fsync\\(\\d+<${root}>\\) = 0`))

    const syncs = calls.slice(0, opened).filter(({ name }) => name === 'fsync').length
    const again = join(t.testdir({ data: {} }), 'data')
    const failing = openMetadata(again, 'fsync', `fsync:error=EIO:when=${syncs}`)
    await t.rejects(failing, { message: /EIO: i\/o error, fsync/ }, 'and a failure is noticed')
  },
)
