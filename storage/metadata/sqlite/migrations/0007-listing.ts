import type { Migration } from './migration.ts'

/** The orders of lists for people, beside those of names that there are. */
export const listing: Migration = {
  number: 7,
  name: 'listing',
  sql: `
CREATE INDEX tags_pushed ON tags (repository_id, pushed_at, name);
-- With deleted_at, always null in here, so that counting needs no row.
CREATE INDEX manifests_created ON manifests (repository_id, created_at, digest, deleted_at)
  WHERE deleted_at IS NULL;
-- Few, so that those that count are all less these.
CREATE INDEX manifests_gone ON manifests (id) WHERE deleted_at IS NOT NULL;
`,
}
