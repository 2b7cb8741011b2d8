import type { Migration } from './migration.ts'

/**
 * What collecting garbage and undoing deletions rest on.
 *
 * - A manifest with `deleted_at` is deleted: no lookup for clients finds it, its tags are gone, and
 *   nothing counts it. Its row, edges and bytes stay until its deletion can't be undone any more.
 * - A row of tag_history holds what the tag pointed at before (`old_digest`) from being collected, for
 *   as long as moves can be undone, unless it is `purged`.
 * - A push span is a time in which one client pushed to one repository without a longer pause.
 * - `since` of a queue: when the blob or manifest lost its last holder, or came, or (a manifest) was
 *   last asked for or pushed.
 */
export const collection: Migration = {
  number: 3,
  name: 'collection',
  sql: `
ALTER TABLE manifests ADD COLUMN deleted_at INTEGER;
ALTER TABLE manifests ADD COLUMN deletion_id INTEGER REFERENCES deletions;
CREATE INDEX manifests_visible ON manifests (repository_id) WHERE deleted_at IS NULL;
CREATE INDEX manifests_deleted ON manifests (deletion_id) WHERE deletion_id IS NOT NULL;

CREATE TABLE deletions (
  id INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories,
  at INTEGER NOT NULL,
  actor TEXT,
  client TEXT NOT NULL,
  undo_until INTEGER,
  undone_at INTEGER
) STRICT;
CREATE INDEX deletions_at ON deletions (at);
CREATE INDEX deletions_repository ON deletions (repository_id, id);

ALTER TABLE tag_history ADD COLUMN actor TEXT;
ALTER TABLE tag_history ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE tag_history ADD COLUMN deletion_id INTEGER REFERENCES deletions;
ALTER TABLE tag_history ADD COLUMN purged INTEGER NOT NULL DEFAULT 0 CHECK (purged IN (0, 1));
CREATE INDEX tag_history_old ON tag_history (repository_id, old_digest, at)
  WHERE old_digest IS NOT NULL AND purged = 0;
CREATE INDEX tag_history_repository ON tag_history (repository_id, id);
CREATE INDEX tag_history_at ON tag_history (at);
CREATE INDEX tag_history_deletion ON tag_history (deletion_id) WHERE deletion_id IS NOT NULL;

ALTER TABLE upload_sessions ADD COLUMN client TEXT NOT NULL DEFAULT '';

CREATE TABLE push_spans (
  repository TEXT NOT NULL,
  client TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (repository, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX push_spans_until ON push_spans (until);

ALTER TABLE gc_blob_queue ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gc_manifest_queue ADD COLUMN since INTEGER NOT NULL DEFAULT 0;

CREATE TABLE gc_runs (
  id INTEGER PRIMARY KEY,
  cause TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  manifests INTEGER NOT NULL DEFAULT 0,
  blobs INTEGER NOT NULL DEFAULT 0,
  objects INTEGER NOT NULL DEFAULT 0,
  uploads INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  error TEXT
) STRICT;

CREATE INDEX gc_runs_unfinished ON gc_runs (id) WHERE finished_at IS NULL;

-- kind: manifest, blob, or object (a file that no row named).
CREATE TABLE gc_journal (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES gc_runs ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('manifest', 'blob', 'object')),
  repository TEXT,
  digest BLOB CHECK (length(digest) IN (33, 65)),
  storage_key TEXT,
  bytes INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX gc_journal_run ON gc_journal (run_id, id);
`,
}
