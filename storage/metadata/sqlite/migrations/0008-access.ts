import type { Migration } from './migration.ts'

/**
 * Who may do what, and what they sign in with.
 *
 * - Ids of accounts, groups and tokens are never used again: what names one by its id, a signed token
 *   too, names nobody once it is gone.
 * - `disabled` is what a person decided, `absent` that the account's source does not name it any more.
 * - A group without members and grants is no more; triggers see to it, whoever removes the last.
 * - Secrets are SHA-256 of what was handed out. `epoch` of a secret is that of its account when it was
 *   made; one of a token has none. It never ends later than `ends_at`.
 * - An upload belongs to the account that began it, named as it was then.
 * - The version is raised by triggers, so that nothing that decides can change without it.
 */
const tables = `
CREATE TABLE access_version (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO access_version (id, version) VALUES (1, 1);

CREATE TABLE access_accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('person', 'robot')),
  source TEXT NOT NULL,
  admin INTEGER NOT NULL CHECK (admin IN (0, 1)),
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  absent INTEGER NOT NULL DEFAULT 0 CHECK (absent IN (0, 1)),
  epoch INTEGER NOT NULL DEFAULT 1,
  password_hash TEXT,
  created_at INTEGER NOT NULL,
  seen_at INTEGER,
  CHECK (kind = 'person' OR (admin = 0 AND password_hash IS NULL))
) STRICT;
CREATE INDEX access_accounts_source ON access_accounts (source, name);
CREATE INDEX access_accounts_admin ON access_accounts (source) WHERE admin = 1;

CREATE TABLE access_groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE access_members (
  group_id INTEGER NOT NULL REFERENCES access_groups ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES access_accounts ON DELETE CASCADE,
  PRIMARY KEY (group_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_members_account ON access_members (account_id, group_id);

-- actions: a JSON array, which may be empty.
CREATE TABLE access_grants (
  id INTEGER PRIMARY KEY,
  pattern TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('account', 'group', 'users', 'anonymous')),
  account_id INTEGER REFERENCES access_accounts ON DELETE CASCADE,
  group_id INTEGER REFERENCES access_groups ON DELETE CASCADE,
  actions TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  granted_by TEXT NOT NULL,
  CHECK ((kind = 'account') = (account_id IS NOT NULL)),
  CHECK ((kind = 'group') = (group_id IS NOT NULL)),
  UNIQUE (account_id, pattern),
  UNIQUE (group_id, pattern)
) STRICT;
CREATE UNIQUE INDEX access_grants_wide ON access_grants (kind, pattern)
  WHERE account_id IS NULL AND group_id IS NULL;

-- scopes: a JSON array; null where the token may do all that its account may. expires_at is that of
-- the newest secret, known even when that is forgotten.
CREATE TABLE access_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES access_accounts ON DELETE CASCADE,
  name TEXT NOT NULL,
  scopes TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  used_at INTEGER,
  UNIQUE (account_id, name)
) STRICT;

CREATE TABLE access_secrets (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('token', 'refresh', 'session')),
  account_id INTEGER NOT NULL REFERENCES access_accounts ON DELETE CASCADE,
  token_id INTEGER REFERENCES access_tokens ON DELETE CASCADE,
  epoch INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  ends_at INTEGER,
  CHECK ((kind = 'token') = (epoch IS NULL)),
  CHECK (kind <> 'token' OR token_id IS NOT NULL)
) STRICT;
CREATE INDEX access_secrets_account ON access_secrets (account_id);
CREATE INDEX access_secrets_token ON access_secrets (token_id, id) WHERE token_id IS NOT NULL;
CREATE INDEX access_secrets_expires ON access_secrets (expires_at) WHERE expires_at IS NOT NULL;

ALTER TABLE upload_sessions ADD COLUMN owner TEXT;
`

const emptyGroup = `DELETE FROM access_groups WHERE id = OLD.group_id
  AND NOT EXISTS (SELECT 1 FROM access_members m WHERE m.group_id = OLD.group_id)
  AND NOT EXISTS (SELECT 1 FROM access_grants g WHERE g.group_id = OLD.group_id);`

const groupTriggers = `
CREATE TRIGGER access_groups_left AFTER DELETE ON access_members BEGIN ${emptyGroup} END;
CREATE TRIGGER access_groups_revoked AFTER DELETE ON access_grants
WHEN OLD.group_id IS NOT NULL BEGIN ${emptyGroup} END;
`

/** When somebody was seen and when a token was used decides nothing. */
const deciding: Readonly<Record<string, string>> = {
  access_accounts: 'name, kind, source, admin, disabled, absent, epoch, password_hash',
  access_groups: 'name',
  access_members: 'group_id, account_id',
  access_grants: 'pattern, kind, account_id, group_id, actions',
  access_tokens: 'account_id, name, scopes, expires_at',
}

const versionTriggers = Object.entries(deciding).flatMap(([table, columns]) =>
  Object.entries({ added: 'INSERT', removed: 'DELETE', changed: `UPDATE OF ${columns}` }).map(
    ([what, event]) => `CREATE TRIGGER ${table}_${what} AFTER ${event} ON ${table}
BEGIN UPDATE access_version SET version = version + 1; END;`,
  ),
)

export const access: Migration = {
  number: 8,
  name: 'access',
  sql: [tables, groupTriggers, ...versionTriggers].join('\n'),
}
