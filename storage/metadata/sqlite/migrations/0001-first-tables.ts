import type { Migration } from './migration.ts'

/*
 * How the tables hang together
 *
 *   repositories ─┬─ repository_blobs ── blobs ── (storage key: the bytes)
 *                 ├─ manifests ─┬─ manifest_bodies
 *                 │             ├─ manifest_blobs ── blobs
 *                 │             ├─ manifest_references ── manifests (children of an index)
 *                 │             └─ pending_references (named, but not in the repository)
 *                 └─ tags ── manifests         tag_history
 *   upload_sessions     gc_blob_queue, gc_manifest_queue, gc_objects
 *
 * - A digest is 33 or 65 bytes: algorithm, then hash (digest-column.ts). Times are milliseconds.
 * - Text is compared byte by byte (BINARY), the order clients page in.
 * - A subject is a digest and no foreign key: a referrer may come before its subject.
 * - An upload names its repository in text: beginning one makes no repository.
 * - A storage key is in exactly one of blobs and gc_objects, and is never used again.
 * - A blob that no manifest names has a row in gc_blob_queue; the collector need not scan.
 * - What a manifest names is an edge to the blob and an edge to the manifest of that digest,
 *   whichever the repository has, and a pending row while it has neither.
 *
 * Where later tables attach: users, tokens and grants stand beside these and name repositories by
 * pattern; events and event_deliveries take repository_id and are written in the transactions of
 * manifests/ and tag-pointers.ts; tag_stats (repository_id, name) is written apart, in batches.
 * Columns come with what reads them, by ALTER TABLE ADD COLUMN: repositories.visibility,
 * description and deleted_at; tags.immutable and pushed_by; tag_history.actor_id;
 * manifests.last_pulled_at; upload_sessions' parts and fence for object stores.
 */
export const firstTables: Migration = {
  number: 1,
  name: 'first tables',
  sql: `
CREATE TABLE repositories (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;
-- The catalog reads these alone, however many repositories hold no manifest. A flag and no count:
-- it changes with the first and the last manifest, so that pushes do not queue for this row.
CREATE INDEX repositories_listed ON repositories (name) WHERE listed = 1;

CREATE TABLE blobs (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) IN (33, 65)),
  size INTEGER NOT NULL CHECK (size >= 0),
  storage_key TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

-- A repository's right to a blob. Until lease_until the blob stays, referenced or not.
CREATE TABLE repository_blobs (
  repository_id INTEGER NOT NULL REFERENCES repositories,
  blob_id INTEGER NOT NULL REFERENCES blobs ON DELETE CASCADE,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (repository_id, blob_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_blobs_blob ON repository_blobs (blob_id);

CREATE TABLE manifests (
  id INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories,
  digest BLOB NOT NULL CHECK (length(digest) IN (33, 65)),
  media_type TEXT NOT NULL,
  artifact_type TEXT,
  subject_digest BLOB CHECK (length(subject_digest) IN (33, 65)),
  size INTEGER NOT NULL CHECK (size >= 0),
  annotations TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (repository_id, digest)
) STRICT;
CREATE INDEX manifests_subject ON manifests (repository_id, subject_digest, digest)
  WHERE subject_digest IS NOT NULL;

-- Apart, so that reading manifests without their bytes stays cheap.
CREATE TABLE manifest_bodies (
  manifest_id INTEGER PRIMARY KEY REFERENCES manifests ON DELETE CASCADE,
  body BLOB NOT NULL
) STRICT;

-- The reference to blobs has no action on purpose: a blob in use can't be deleted.
CREATE TABLE manifest_blobs (
  manifest_id INTEGER NOT NULL REFERENCES manifests ON DELETE CASCADE,
  blob_id INTEGER NOT NULL REFERENCES blobs,
  PRIMARY KEY (manifest_id, blob_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_blobs_blob ON manifest_blobs (blob_id);

CREATE TABLE manifest_references (
  parent_id INTEGER NOT NULL REFERENCES manifests ON DELETE CASCADE,
  child_id INTEGER NOT NULL REFERENCES manifests,
  PRIMARY KEY (parent_id, child_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_references_child ON manifest_references (child_id);

-- By repository first: a foreign layer may be missing in thousands of them.
CREATE TABLE pending_references (
  repository_id INTEGER NOT NULL REFERENCES repositories,
  digest BLOB NOT NULL CHECK (length(digest) IN (33, 65)),
  manifest_id INTEGER NOT NULL REFERENCES manifests ON DELETE CASCADE,
  PRIMARY KEY (repository_id, digest, manifest_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_references_manifest ON pending_references (manifest_id);

-- pushed_at: since when the tag points where it points.
CREATE TABLE tags (
  repository_id INTEGER NOT NULL REFERENCES repositories,
  name TEXT NOT NULL,
  manifest_id INTEGER NOT NULL REFERENCES manifests,
  pushed_at INTEGER NOT NULL,
  PRIMARY KEY (repository_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_manifest ON tags (manifest_id);

-- Append only. Without old_digest the tag was made, without new_digest it was deleted.
CREATE TABLE tag_history (
  id INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories,
  name TEXT NOT NULL,
  old_digest BLOB,
  new_digest BLOB,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX tag_history_tag ON tag_history (repository_id, name, id);

CREATE TABLE upload_sessions (
  id TEXT PRIMARY KEY NOT NULL,
  repository TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  started_at INTEGER NOT NULL
) STRICT;
CREATE INDEX upload_sessions_started ON upload_sessions (started_at, id);

-- What the collector looks at next, and not before due_at.
CREATE TABLE gc_blob_queue (
  blob_id INTEGER PRIMARY KEY REFERENCES blobs ON DELETE CASCADE,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX gc_blob_queue_due ON gc_blob_queue (due_at);

CREATE TABLE gc_manifest_queue (
  manifest_id INTEGER PRIMARY KEY REFERENCES manifests ON DELETE CASCADE,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX gc_manifest_queue_due ON gc_manifest_queue (due_at);

-- Objects to remove. The size is unknown for orphans that housekeeping found.
CREATE TABLE gc_objects (
  storage_key TEXT PRIMARY KEY NOT NULL,
  size INTEGER,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX gc_objects_due ON gc_objects (due_at, storage_key);

-- Written by probe(): the only honest proof that the database can be written.
CREATE TABLE heartbeat (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
`,
}
