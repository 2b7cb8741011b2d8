import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Call, lacksStrace, traceScript } from './strace.ts'

const script = fileURLToPath(new URL('./upload.js', import.meta.url))
/** With a question mark: not every machine has all of them. */
const traced = '?mkdir,mkdirat,?rename,?renameat,renameat2,fsync,fdatasync,pwrite64,pwritev'
const skip = lacksStrace()

function startUpload(root: string, fault?: string) {
  const options = { log: `${root}.trace`, script: [script, root], calls: traced }
  return traceScript({ ...options, ...(fault ? { fault } : {}) })
}

t.test(
  'a blob is on the disk before its name, and its name before the answer',
  { skip },
  async (t) => {
    const root = t.testdir()
    const { calls } = await startUpload(root)
    const find = (what: string, pattern: RegExp): Call => {
      const call = calls.find(({ text }) => pattern.test(text))
      if (call === undefined) throw new Error(`the trace does not show: ${what}`)
      t.match(call.text, / = \d+$/, what)
      return call
    }
    const upload = `${root}/uploads/1{36}`
    const algorithm = `${root}/blobs/sha256`
    const order = [
      find('the bytes are written', new RegExp(`^pwritev?(64)?\\(\\d+<${upload}>`)),
      find('the bytes are synced', new RegExp(`^f(data)?sync\\(\\d+<${upload}>`)),
      find('the directory of the algorithm is made', new RegExp(`^mkdir[^"]*"${algorithm}"`)),
      find('the directory above is synced', new RegExp(`^fsync\\(\\d+<${root}/blobs>`)),
      find('the fan-out directory is made', new RegExp(`^mkdir[^"]*"${algorithm}/..",`)),
      find('the directory of the algorithm is synced', new RegExp(`^fsync\\(\\d+<${algorithm}>`)),
      find('the file is renamed', new RegExp(`^rename[^"]*"${upload}",.*"${algorithm}/../`)),
      find('the fan-out directory is synced', new RegExp(`^fsync\\(\\d+<${algorithm}/..>`)),
      find('the seal is answered', new RegExp(`^mkdir[^"]*"${root}/sealed"`)),
    ]
    for (const [index, call] of order.slice(1).entries()) {
      const before = order[index] as Call
      t.ok(before.ended < call.began, `${before.name} has ended before ${call.name} begins`)
    }
  },
)

const unsound = /could not be synced; check the disk, then restart/
const gone = /there is no upload/
const done = /^done$/

/** Which sync fails, once, and what each step then says. Syncs 1 and 2 belong to the start. */
const faults = [
  { fault: 'fdatasync:error=EIO:when=1', first: /EIO/, again: gone, later: done, keys: 1 },
  { fault: 'fsync:error=EIO:when=3', first: unsound, again: unsound, later: unsound, keys: 0 },
  { fault: 'fsync:error=EIO:when=4', first: unsound, again: unsound, later: unsound, keys: 0 },
  { fault: 'fsync:error=EIO:when=5', first: unsound, again: gone, later: unsound, keys: 0 },
]

for (const { fault, first, again, later, keys } of faults) {
  t.test(`nothing is sealed on a disk that failed: ${fault}`, { skip }, async (t) => {
    const { stdout } = await startUpload(join(t.testdir({ data: {} }), 'data'), fault)
    t.match(JSON.parse(stdout), { first, again, second: later, probe: later, keys })
  })
}

t.test('a disk that fails at the start stops it', { skip }, async (t) => {
  for (const when of [1, 2]) {
    const root = join(t.testdir({ data: {} }), 'data')
    await t.rejects(startUpload(root, `fsync:error=EIO:when=${when}`), { message: unsound })
  }
})
