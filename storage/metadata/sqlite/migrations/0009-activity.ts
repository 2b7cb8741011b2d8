import type { Migration } from './migration.ts'

/**
 * Who did what, row by row; rows are added and, by age, removed, never changed.
 *
 * Repositories are named in text: what was refused may be about one that is not there. Each index
 * begins with what a question names and ends with the time, so that a page of any question is read
 * along a few of its ranges; where nobody has signed in, rows are in no index of actors.
 */
export const activity: Migration = {
  number: 9,
  name: 'activity',
  sql: `
CREATE TABLE activity (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor TEXT,
  client TEXT NOT NULL,
  agent TEXT,
  repository TEXT,
  tag TEXT,
  digest BLOB CHECK (length(digest) IN (33, 65)),
  count INTEGER NOT NULL CHECK (count > 0),
  detail TEXT
) STRICT;
CREATE INDEX activity_action ON activity (action, at, id);
CREATE INDEX activity_actor ON activity (actor, action, at, id) WHERE actor IS NOT NULL;
CREATE INDEX activity_repository ON activity (repository, action, at, id)
  WHERE repository IS NOT NULL;
`,
}
