import type { Migration } from './migration.ts'

/**
 * What was found damaged, and how far the background check has come. A marked blob or manifest is
 * kept, so that its edges hold and a push can heal it, but no lookup for clients finds it.
 */
export const damage: Migration = {
  number: 2,
  name: 'damage',
  sql: `
ALTER TABLE blobs ADD COLUMN damage TEXT
  CHECK (damage IN ('missing', 'wrong size', 'wrong content', 'unreadable'));
CREATE INDEX blobs_damaged ON blobs (digest) WHERE damage IS NOT NULL;
ALTER TABLE manifests ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0 CHECK (damaged IN (0, 1));

CREATE TABLE scrub (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  after BLOB CHECK (length(after) IN (33, 65)),
  started_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
`,
}
