import Database from 'better-sqlite3'

/** The digest of the numbered manifest or blob of a seeded file. */
export function seededDigest(number: number): string {
  return `sha256:${number.toString(16).padStart(64, '0')}`
}

const column = (number: string) => `unhex('01' || printf('%064x', ${number}))`
const image = 'application/vnd.oci.image.manifest.v1+json'
const index = 'application/vnd.oci.image.index.v1+json'
const config = 'application/vnd.oci.image.config.v1+json'

/** Of the first blob; manifests count from 1. */
export const firstBlob = 1_000_000
const perIndex = 4
const layers = 8

/**
 * Fills a metadata file that has its schema with one repository `team/app`: `count` images of eight
 * layers, of which the first is in all of them and three more in many; each fifth image stands without
 * a tag in an index of four, which has one. One second lies between two pushes. Tags count up in six
 * digits.
 */
export function seedListing(file: string, count: number): void {
  const db = new Database(file)
  db.pragma('synchronous = OFF')
  const counter = (until: number) => `WITH RECURSIVE counter(i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM counter WHERE i < ${until})`
  const inIndexes = count / 5
  const indexes = inIndexes / perIndex
  const children = `(SELECT json_group_array(json_object('mediaType', '${image}',
      'digest', 'sha256:' || printf('%064x', (i - 1) * ${perIndex} + n.value),
      'size', 500, 'platform', json_object('os', 'linux', 'architecture', 'cpu' || n.value)))
    FROM json_each('[1,2,3,4]') n)`
  const body = `json_object('schemaVersion', 2, 'mediaType', '${index}', 'manifests', json(${children}))`
  db.exec(`
    BEGIN;
    INSERT INTO repositories (id, name, listed, created_at) VALUES (1, 'team/app', 1, 0);
    ${counter(count * 4 + 100)} INSERT INTO blobs (id, digest, size, storage_key, created_at)
      SELECT i, ${column(`i + ${firstBlob - 1}`)}, 1000, 'key-' || i, 0 FROM counter;
    INSERT INTO repository_blobs (repository_id, blob_id, lease_until) SELECT 1, id, 0 FROM blobs;
    ${counter(count)} INSERT INTO manifests
        (id, repository_id, digest, media_type, artifact_type, size, created_at)
      SELECT i, 1, ${column('i')}, '${image}', '${config}', 500, i * 1000 FROM counter;
    ${counter(indexes)} INSERT INTO manifests
        (id, repository_id, digest, media_type, size, created_at)
      SELECT i + ${count}, 1, ${column(`i + ${count}`)}, '${index}', 700, i * ${perIndex} * 1000
        FROM counter;
    ${counter(indexes)} INSERT INTO manifest_bodies (manifest_id, body)
      SELECT i + ${count}, CAST(${body} AS BLOB) FROM counter;
    ${counter(inIndexes)} INSERT INTO manifest_references (parent_id, child_id)
      SELECT ${count} + (i + ${perIndex - 1}) / ${perIndex}, i FROM counter;
    INSERT INTO manifest_blobs (manifest_id, blob_id)
      SELECT m.id, CASE n.value WHEN 0 THEN 1 WHEN 1 THEN 2 + m.id % 9 WHEN 2 THEN 11 + m.id % 29
          WHEN 3 THEN 40 + m.id % 59 ELSE 100 + (m.id - 1) * 4 + n.value - 3 END
        FROM manifests m CROSS JOIN json_each('[${[...Array(layers).keys()]}]') n
        WHERE m.id <= ${count};
    INSERT INTO tags (repository_id, name, manifest_id, pushed_at)
      SELECT 1, printf('v%06d', id), id, created_at FROM manifests WHERE id > ${inIndexes};
    ANALYZE;
    COMMIT`)
  db.close()
}
