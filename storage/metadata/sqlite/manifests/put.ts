import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type { ManifestTable, NewManifest, PutResult } from '../../store.ts'
import type { Usage } from '../accounts/usage.ts'
import type { ActivityRows } from '../activity/rows.ts'
import { type Change, nobody } from '../change.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'
import type { Pending } from '../pending.ts'
import type { Guard } from '../policies/guard.ts'
import { orRefused } from '../policies/refusal.ts'
import { pushedByDigest, type Queues } from '../queues.ts'
import { noRepository, type RepositoryRows } from '../repositories.ts'
import type { TagPointers, TagTarget } from '../tag-pointers.ts'
import type { Edges, Resolved } from './edges.ts'
import type { Visibility } from './visibility.ts'

export interface PutParts {
  readonly repositories: RepositoryRows
  readonly edges: Edges
  readonly pending: Pending
  readonly pointers: TagPointers
  readonly queues: Queues
  readonly visibility: Visibility
  readonly guard: Guard
  readonly usage: Usage
  readonly activity: ActivityRows
}

interface ManifestBound {
  readonly repository: number
  readonly digest: Buffer
  readonly mediaType: string
  readonly artifactType: string | null
  readonly subject: Buffer | null
  readonly size: number
  readonly annotations: string | null
  readonly now: number
}

export const putSql = {
  known: `SELECT id, damaged, deleted_at IS NOT NULL AS deleted FROM manifests
    WHERE repository_id = ? AND digest = ?`,
  insert: `INSERT INTO manifests (repository_id, digest, media_type, artifact_type, subject_digest,
      size, annotations, created_at)
    VALUES (@repository, @digest, @mediaType, @artifactType, @subject, @size, @annotations, @now)`,
  insertBody: 'INSERT INTO manifest_bodies (manifest_id, body) VALUES (?, ?)',
  healBody: `INSERT INTO manifest_bodies (manifest_id, body) VALUES (?, ?)
    ON CONFLICT (manifest_id) DO UPDATE SET body = excluded.body`,
  heal: 'UPDATE manifests SET damaged = 0, media_type = ?, size = ? WHERE id = ?',
}

interface KnownRow {
  readonly id: number
  readonly damaged: number
  readonly deleted: number
}

/** One call of `put`, as far as it has come. */
interface Push {
  readonly manifest: NewManifest
  readonly found: Resolved
  readonly tags: readonly Tag[]
  readonly change: Change
}

/** Writes the rows of a manifest itself and gives its id. */
function createInsert({ db, now }: Context) {
  const insert = db.prepare<[ManifestBound]>(putSql.insert)
  const insertBody = db.prepare<[number, Buffer]>(putSql.insertBody)
  return (repository: number, digest: Buffer, manifest: NewManifest): number => {
    const { lastInsertRowid } = insert.run({
      repository,
      digest,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType ?? null,
      subject: manifest.subject ? toColumn(manifest.subject) : null,
      size: manifest.size,
      annotations: manifest.annotations ? JSON.stringify(manifest.annotations) : null,
      now: now(),
    })
    const id = Number(lastInsertRowid)
    insertBody.run(id, manifest.body)
    return id
  }
}

/** Writes what was pushed over a manifest that is marked as damaged. */
function createHeal({ db }: Context) {
  const healBody = db.prepare<[number, Buffer]>(putSql.healBody)
  const heal = db.prepare<[string, number, number]>(putSql.heal)
  return ({ id, damaged }: KnownRow, { body, mediaType, size }: NewManifest): void => {
    if (damaged === 0) return
    healBody.run(id, body)
    heal.run(mediaType, size, id)
  }
}

export function createPut(context: Context, parts: PutParts): Pick<ManifestTable, 'put'> {
  const { repositories, edges, pending, pointers, queues, visibility, usage, guard, activity } =
    parts
  const insert = createInsert(context)
  const heal = createHeal(context)
  const selectKnown = context.db.prepare<[number, Buffer], KnownRow>(putSql.known)

  function store(
    repositoryId: number,
    digest: Buffer,
    manifest: NewManifest,
    found: Resolved,
  ): number {
    const id = insert(repositoryId, digest, manifest)
    edges.connect(repositoryId, id, found)
    usage.manifestCame(id)
    if (found.children.size > 0) visibility.revealChildren(id)
    pending.manifestArrived(repositoryId, digest, id)
    repositories.manifestCame(repositoryId)
    return id
  }

  /** What is there already, or was until it was deleted. */
  function putAgain(known: KnownRow, target: Omit<TagTarget, 'manifestId'>, push: Push): PutResult {
    const { id } = known
    const { repositoryId } = target
    const { manifest, found, tags, change } = push
    heal(known, manifest)
    const made = edges.connect(repositoryId, id, found)
    if (known.deleted === 1) visibility.reveal({ id, ...target })
    else {
      usage.edgesChanged(repositoryId, made)
      if (found.children.size > 0) visibility.revealChildren(id)
    }
    pointers.point({ ...target, manifestId: id }, tags, change)
    if (tags.length === 0 && known.deleted === 1) queues.manifest(id, pushedByDigest)
    else if (tags.length === 0) queues.pushedAgain(id)
    return { stored: true, created: known.deleted === 1 }
  }

  function noteTags(tags: readonly Tag[]) {
    return tags.length === 1 ? { tag: tags[0] } : tags.length > 1 ? { detail: { tags } } : {}
  }

  function put(name: RepositoryName, manifest: NewManifest, tags: readonly Tag[], change: Change) {
    const digest = toColumn(manifest.digest)
    const home = repositories.idOf(name) ?? noRepository
    const found = edges.resolve(home, manifest)
    if (found.missing.size > 0) return { stored: false, missing: [...found.missing] } as const
    const refused = guard.admit({ name, repositoryId: home, manifest, blobs: found.blobs })
    if (refused) return { stored: false, refused } as const
    activity.note('push', change.by, { repository: name, digest, ...noteTags(tags) })
    const known = selectKnown.get(home, digest)
    if (known !== undefined) {
      return putAgain(known, { repositoryId: home, digest }, { manifest, found, tags, change })
    }
    const repositoryId = repositories.ensure(name)
    const id = store(repositoryId, digest, manifest, found)
    pointers.point({ repositoryId, manifestId: id, digest }, tags, change)
    if (tags.length === 0) queues.manifest(id, pushedByDigest)
    return { stored: true, created: true } as const
  }

  return {
    async put(repository, manifest, tags, by = nobody, { mayOverwrite } = {}) {
      const change = { by, mayOverwrite }
      const written = context.write(() => put(repository, manifest, tags, change))
      const result = await orRefused(written)
      return 'stored' in result ? result : { stored: false, ...result }
    },
  }
}
