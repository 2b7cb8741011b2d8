import type { PullTable } from '../../pulls/store.ts'
import type { Context } from '../context.ts'

export const countingSql = {
  begin: 'INSERT OR IGNORE INTO pull_counting (id, since) VALUES (1, ?)',
  end: 'DELETE FROM pull_counting',
  since: 'SELECT since FROM pull_counting WHERE id = 1',
}

export function createCounting({
  db,
  write,
  now,
}: Context): Pick<PullTable, 'counting' | 'countedSince'> {
  const begin = db.prepare<[number]>(countingSql.begin)
  const end = db.prepare<[]>(countingSql.end)
  const since = db.prepare<[], number>(countingSql.since).pluck()
  return {
    async counting(enabled) {
      // Written only where it changes: a registry must start on a full disk.
      if ((since.get() !== undefined) === enabled) return
      await write(() => (enabled ? begin.run(now()) : end.run()))
    },
    async countedSince() {
      return since.get()
    },
  }
}
