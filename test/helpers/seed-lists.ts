import Database from 'better-sqlite3'

/**
 * Fills a metadata file that has its schema: `count` repositories with a manifest, as many that hold
 * nothing between them, and `count` tags in the first one. Names count up in six digits, so that their order is known.
 */
export function seedLists(file: string, count: number): void {
  const db = new Database(file)
  db.pragma('synchronous = OFF')
  const counter = `WITH RECURSIVE counter(i) AS (
    SELECT 0 UNION ALL SELECT i + 1 FROM counter WHERE i < ${count - 1})`
  db.exec(`
    BEGIN;
    ${counter} INSERT INTO repositories (name, listed, created_at)
      SELECT printf('team/app-%06d', i), 1, 0 FROM counter;
    ${counter} INSERT INTO repositories (name, created_at)
      SELECT printf('team/app-%06d-empty', i), 0 FROM counter;
    INSERT INTO manifests (repository_id, digest, media_type, size, created_at)
      VALUES (1, zeroblob(33), 'application/vnd.oci.image.manifest.v1+json', 2, 0);
    ${counter} INSERT INTO tags (repository_id, name, manifest_id, pushed_at)
      SELECT 1, printf('v%06d', i), 1, 0 FROM counter;
    INSERT INTO repository_accounts (repository_id, name, listed, tags, manifests, manifest_bytes,
      stored_bytes, unique_bytes)
      SELECT id, name, 1, iif(id = 1, ${count}, 0), id = 1, 2 * (id = 1), 2 * (id = 1), 2 * (id = 1)
      FROM repositories WHERE listed = 1;
    COMMIT`)
  db.close()
}
