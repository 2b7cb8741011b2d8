import type { Migration } from './migration.ts'

/**
 * Rules about many repositories, a document of each kind.
 *
 * quota_usage holds how much of a quota is used, never too little: a put adds in its transaction. It
 * may be too much, and is no longer exact, after something was deleted; what comes back is not added,
 * so that it is not known then, and measured anew. Triggers see to both, whoever deletes or restores.
 */
export const policies: Migration = {
  number: 6,
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
  exact INTEGER NOT NULL CHECK (exact IN (0, 1)),
  measured_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER quota_usage_removed AFTER DELETE ON manifests WHEN OLD.deleted_at IS NULL
BEGIN UPDATE quota_usage SET exact = 0 WHERE exact = 1; END;
CREATE TRIGGER quota_usage_deleted AFTER UPDATE OF deleted_at ON manifests
WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN UPDATE quota_usage SET exact = 0 WHERE exact = 1; END;
CREATE TRIGGER quota_usage_restored AFTER UPDATE OF deleted_at ON manifests
WHEN OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
BEGIN DELETE FROM quota_usage; END;
`,
}
