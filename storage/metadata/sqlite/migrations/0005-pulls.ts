import type { Migration } from './migration.ts'

/**
 * What was pulled how often, and when last; written apart from everything else, in batches.
 *
 * - Numbers of a tag belong to its name, there or not, and have no reference to `tags`.
 * - A tag or manifest that was never pulled has no row.
 * - `day` is the beginning of a day in UTC.
 */
export const pulls: Migration = {
  number: 5,
  name: 'pulls',
  sql: `
CREATE TABLE tag_pulls (
  repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
  name TEXT NOT NULL,
  last_pulled_at INTEGER NOT NULL,
  pulls INTEGER NOT NULL CHECK (pulls >= 0),
  PRIMARY KEY (repository_id, name)
) STRICT, WITHOUT ROWID;
-- Tags that were not pulled since a time, and tags in the order of their last pull.
CREATE INDEX tag_pulls_last ON tag_pulls (repository_id, last_pulled_at, name);

CREATE TABLE manifest_pulls (
  manifest_id INTEGER PRIMARY KEY REFERENCES manifests ON DELETE CASCADE,
  last_pulled_at INTEGER NOT NULL,
  pulls INTEGER NOT NULL CHECK (pulls >= 0)
) STRICT;

CREATE TABLE repository_pulls (
  repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
  day INTEGER NOT NULL,
  last_pulled_at INTEGER NOT NULL,
  pulls INTEGER NOT NULL CHECK (pulls >= 0),
  PRIMARY KEY (repository_id, day)
) STRICT, WITHOUT ROWID;

-- Since when pulls are counted without a break; no row while they are not.
CREATE TABLE pull_counting (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  since INTEGER NOT NULL
) STRICT;
`,
}
