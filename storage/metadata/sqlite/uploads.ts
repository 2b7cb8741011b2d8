import type { UploadId } from '../../blobs/store.ts'
import type { UploadRecord, UploadTable } from '../store.ts'
import { atMost, type Context } from './context.ts'
import type { PushSpans } from './push-spans.ts'

const columns = 'id, repository, algorithm, client, owner, started_at AS startedAt'

export const uploadSql = {
  insert: `INSERT INTO upload_sessions (id, repository, algorithm, client, owner, started_at)
    VALUES (@id, @repository, @algorithm, @client, @owner, @startedAt)`,
  find: `SELECT ${columns} FROM upload_sessions WHERE id = ? AND repository = ?`,
  end: 'DELETE FROM upload_sessions WHERE id = ? AND repository = ?',
  remove: 'DELETE FROM upload_sessions WHERE id = ?',
  startedBefore: `SELECT ${columns} FROM upload_sessions WHERE started_at < ?
    ORDER BY started_at, id LIMIT ?`,
  known: 'SELECT id FROM upload_sessions WHERE id IN (SELECT value FROM json_each(?))',
}

type UploadRow = Omit<UploadRecord, 'owner'> & { readonly owner: string | null }

function toUpload({ owner, ...upload }: UploadRow): UploadRecord {
  return owner === null ? upload : { ...upload, owner }
}

export function createUploads({ db, write, now }: Context, spans: PushSpans): UploadTable {
  const insert = db.prepare<[UploadRow]>(uploadSql.insert)
  const find = db.prepare<[string, string], UploadRow>(uploadSql.find)
  const remove = db.prepare<[string]>(uploadSql.remove)
  const startedBefore = db.prepare<[number, number], UploadRow>(uploadSql.startedBefore)
  const known = db.prepare<[string], { id: UploadId }>(uploadSql.known)
  return {
    create: ({ id, repository, algorithm, client = '', owner = null }) =>
      write(() => {
        const upload = { id, repository, algorithm, client, owner, startedAt: now() }
        spans.extend({ ...upload, at: upload.startedAt })
        insert.run(upload)
        return toUpload(upload)
      }),
    async find(repository, id) {
      const row = find.get(id, repository)
      return row && toUpload(row)
    },
    remove: (id) => write(() => remove.run(id).changes > 0),
    async startedBefore(time, limit) {
      return startedBefore.all(time, atMost(limit)).map(toUpload)
    },
    async known(ids) {
      return new Set(known.all(JSON.stringify(ids)).map((row) => row.id))
    },
  }
}
