import type { Migration } from './migration.ts'

/**
 * Rules about many repositories, a document of each kind.
 *
 * quota_usage holds how much of a quota is used, never too little: a put adds in its transaction,
 * deletions are found when it is measured again. Without a row it is not known.
 */
export const policies: Migration = {
  number: 4,
  name: 'policies',
  sql: `
CREATE TABLE policies (
  kind TEXT PRIMARY KEY NOT NULL CHECK (kind IN ('retention', 'immutability', 'quota')),
  rules TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  actor TEXT,
  client TEXT NOT NULL
) STRICT;

CREATE TABLE quota_usage (
  rule TEXT PRIMARY KEY NOT NULL,
  bytes INTEGER NOT NULL,
  measured_at INTEGER NOT NULL
) STRICT;
`,
}
