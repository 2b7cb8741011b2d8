import { constants } from 'node:os'
import t from 'tap'
import { diskFailureOf, isFullDisk } from '../../../src/services/disk-failure.ts'

function failWith(code: unknown, cause?: unknown): Error {
  return Object.assign(new Error('failed', { cause }), { code })
}

const table = {
  ENOSPC: 'full',
  SQLITE_FULL: 'full',
  EROFS: 'read-only',
  SQLITE_READONLY: 'read-only',
  SQLITE_READONLY_DBMOVED: 'read-only',
  EIO: 'failing',
  SQLITE_IOERR: 'failing',
  SQLITE_IOERR_FSYNC: 'failing',
  EMFILE: 'too-many-files',
  ENFILE: 'too-many-files',
}

t.test('each code of a failing disk is known, and through a cause too', async (t) => {
  for (const [code, failure] of Object.entries(table)) {
    t.equal(diskFailureOf(failWith(code)), failure, code)
    t.equal(diskFailureOf(new Error('probe', { cause: failWith(code) })), failure, code)
    t.equal(isFullDisk(failWith(code)), failure === 'full', code)
  }
})

t.test('a used-up quota is known as Node tells it', async (t) => {
  const code = `Unknown system error -${constants.errno.EDQUOT}`
  const error = Object.assign(failWith(code), { errno: -constants.errno.EDQUOT })
  t.equal(diskFailureOf(error), 'quota')
  t.equal(diskFailureOf(new Error('probe', { cause: error })), 'quota')
  t.ok(isFullDisk(error))
})

t.test('what an error says itself goes before its cause', async (t) => {
  t.equal(diskFailureOf(failWith('EIO', failWith('ENOSPC'))), 'failing')
})

t.test('any other error is none of the disk', async (t) => {
  const others = [
    failWith('ENOENT'),
    failWith('SQLITE_BUSY'),
    failWith('SQLITE_FULLER'),
    failWith('toString'),
    failWith(28),
    new Error('ENOSPC'),
    { code: 'ENOSPC' },
    undefined,
  ]
  for (const error of others) t.equal(diskFailureOf(error), undefined, String(error))
})
