import type { Migration } from './migration.ts'

/**
 * What each repository holds, kept while it changes by `accounts/usage.ts`, and what the whole registry
 * held each day. The words are those of docs/reference/storage-accounts.md.
 *
 * - `repository_contents`: how many live manifests of a repository hold an edge to a blob; no row for
 *   none. A manifest is live while it is not deleted (`deleted_at IS NULL`), damaged or not.
 * - `repository_accounts`: bytes are those of blobs and of manifests; unique ones those of blobs that no
 *   other repository's live manifests hold, and of all manifests. A row stays when the last manifest
 *   goes. `listed` is whether there is one: a flag of its own, or each push would change all indexes.
 *   `pushed_at` is when a manifest or a tag last came. Times are 0 for never.
 * - `content_account`: the blobs that any repository's contents name, each once.
 */
const tables = `
CREATE TABLE repository_contents (
  repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
  blob_id INTEGER NOT NULL,
  manifests INTEGER NOT NULL,
  PRIMARY KEY (repository_id, blob_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_contents_blob ON repository_contents (blob_id);

CREATE TABLE repository_accounts (
  repository_id INTEGER PRIMARY KEY REFERENCES repositories ON DELETE CASCADE,
  name TEXT NOT NULL UNIQUE,
  listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1)),
  tags INTEGER NOT NULL DEFAULT 0,
  manifests INTEGER NOT NULL DEFAULT 0,
  manifest_bytes INTEGER NOT NULL DEFAULT 0,
  stored_bytes INTEGER NOT NULL DEFAULT 0,
  unique_bytes INTEGER NOT NULL DEFAULT 0,
  pushed_at INTEGER NOT NULL DEFAULT 0,
  pulled_at INTEGER NOT NULL DEFAULT 0,
  pulls INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE content_account (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  blobs INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;

-- What the whole registry held, a row a day (YYYY-MM-DD, UTC). NULL where nobody looked.
CREATE TABLE storage_days (
  day TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  repositories INTEGER NOT NULL,
  tags INTEGER NOT NULL,
  manifests INTEGER NOT NULL,
  blobs INTEGER NOT NULL,
  manifest_bytes INTEGER NOT NULL,
  logical_bytes INTEGER NOT NULL,
  live_bytes INTEGER NOT NULL,
  undo_bytes INTEGER NOT NULL,
  waiting_bytes INTEGER NOT NULL,
  trash_bytes INTEGER NOT NULL,
  upload_bytes INTEGER NOT NULL,
  absent_bytes INTEGER NOT NULL,
  disk_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

const existing = `
INSERT INTO repository_contents (repository_id, blob_id, manifests)
  SELECT m.repository_id, e.blob_id, count(*) FROM manifests m
  JOIN manifest_blobs e ON e.manifest_id = m.id WHERE m.deleted_at IS NULL
  GROUP BY m.repository_id, e.blob_id;

INSERT INTO content_account (id, blobs, bytes)
  SELECT 1, count(*), coalesce(sum(size), 0) FROM blobs
  WHERE id IN (SELECT blob_id FROM repository_contents);

INSERT INTO repository_accounts (repository_id, name, listed, tags, manifests, manifest_bytes, pushed_at)
  SELECT r.id, r.name,
    EXISTS (SELECT 1 FROM manifests m WHERE m.repository_id = r.id AND m.deleted_at IS NULL),
    (SELECT count(*) FROM tags t WHERE t.repository_id = r.id),
    (SELECT count(*) FROM manifests m WHERE m.repository_id = r.id AND m.deleted_at IS NULL),
    (SELECT coalesce(sum(m.size), 0) FROM manifests m
      WHERE m.repository_id = r.id AND m.deleted_at IS NULL),
    max(
      (SELECT coalesce(max(m.created_at), 0) FROM manifests m WHERE m.repository_id = r.id),
      (SELECT coalesce(max(t.pushed_at), 0) FROM tags t WHERE t.repository_id = r.id))
  FROM repositories r;

UPDATE repository_accounts SET
  stored_bytes = manifest_bytes + (SELECT coalesce(sum(b.size), 0) FROM repository_contents c
    JOIN blobs b ON b.id = c.blob_id WHERE c.repository_id = repository_accounts.repository_id),
  unique_bytes = manifest_bytes + (SELECT coalesce(sum(b.size), 0) FROM repository_contents c
    JOIN blobs b ON b.id = c.blob_id WHERE c.repository_id = repository_accounts.repository_id
    AND NOT EXISTS (SELECT 1 FROM repository_contents o
      WHERE o.blob_id = c.blob_id AND o.repository_id <> c.repository_id));
`

/** One for each order of the list; ties go by name. */
const indexes = `
CREATE INDEX repository_accounts_name ON repository_accounts (name) WHERE listed = 1;
CREATE INDEX repository_accounts_stored ON repository_accounts (stored_bytes, name)
  WHERE listed = 1;
CREATE INDEX repository_accounts_unique ON repository_accounts (unique_bytes, name)
  WHERE listed = 1;
CREATE INDEX repository_accounts_tags ON repository_accounts (tags, name) WHERE listed = 1;
CREATE INDEX repository_accounts_pushed ON repository_accounts (pushed_at, name)
  WHERE listed = 1;
CREATE INDEX repository_accounts_pulled ON repository_accounts (pulled_at, name)
  WHERE listed = 1;
CREATE INDEX manifests_deleted_at ON manifests (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX blobs_size ON blobs (size, digest);
`

export const accounts: Migration = {
  number: 4,
  name: 'accounts',
  sql: tables + existing + indexes,
}
