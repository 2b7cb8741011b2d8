import type { MetadataStore } from '../store.ts'
import { createAccessNames } from './access/names.ts'
import { createSecrets } from './access/secrets.ts'
import { createAccess } from './access/table.ts'
import { createAccounts } from './accounts/table.ts'
import { createUsage } from './accounts/usage.ts'
import { createActivityRows } from './activity/rows.ts'
import { createActivity } from './activity/table.ts'
import { createBlobs } from './blobs.ts'
import type { Context } from './context.ts'
import { closeDatabase } from './database.ts'
import { createDeleteOne } from './deletions/one.ts'
import { createPerform } from './deletions/perform.ts'
import { createDeletionRows } from './deletions/rows.ts'
import { createDeletions } from './deletions/table.ts'
import { createRunRows } from './garbage/runs.ts'
import { createGarbage } from './garbage/table.ts'
import { createHistory } from './history/table.ts'
import { createIntegrity } from './integrity/table.ts'
import { createListing } from './listing/table.ts'
import { createEdges } from './manifests/edges.ts'
import { createRemove } from './manifests/remove.ts'
import { createManifests } from './manifests/table.ts'
import { createVisibility } from './manifests/visibility.ts'
import { createPending } from './pending.ts'
import { createGuard } from './policies/guard.ts'
import { createPolicies } from './policies/table.ts'
import { createPulls } from './pulls/table.ts'
import { createPushSpans } from './push-spans.ts'
import { createQueues } from './queues.ts'
import { createRepositories, createRepositoryRows } from './repositories.ts'
import { createRights } from './rights.ts'
import { createSnapshots } from './snapshot.ts'
import { createTagPointers } from './tag-pointers.ts'
import { createTags } from './tags.ts'
import { createTrash, createTrashRows } from './trash.ts'
import { createUploads } from './uploads.ts'

function createProbe({ db, write, now }: Context): MetadataStore['probe'] {
  const beat = db.prepare<[number]>(
    'INSERT INTO heartbeat (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at',
  )
  return async () => {
    await write(() => beat.run(now()))
  }
}

/** What the tables share: rows, changed inside of one table's transaction. */
function createRows(context: Context) {
  const repositories = createRepositoryRows(context)
  const queues = createQueues(context)
  const usage = createUsage(context)
  const pending = createPending(context, usage)
  const rights = createRights(context, repositories, pending)
  const guard = createGuard(context)
  const activity = createActivityRows(context)
  const pointers = createTagPointers(context, { queues, usage, guard, activity })
  const parts = { repositories, pending, pointers, queues, usage, guard, activity }
  const visibility = createVisibility(context, parts)
  const rows = createDeletionRows(context)
  return {
    ...parts,
    rights,
    visibility,
    rows,
    edges: createEdges(context, { rights, pending, queues }),
    spans: createPushSpans(context),
    trash: createTrashRows(context),
    runs: createRunRows(context),
    perform: createPerform(context, { ...parts, rows, visibility }),
    removeManifest: createRemove(context, parts),
  }
}

/** Prepares every statement once; the tables share the rows beneath them. */
export function assemble(context: Context): MetadataStore {
  const rows = createRows(context)
  const deleteOne = createDeleteOne(context, rows)
  const snapshots = createSnapshots(context.db)
  const names = createAccessNames(context)
  return {
    repositories: createRepositories(context, rows.repositories),
    blobs: createBlobs(context, rows),
    uploads: createUploads(context, rows.spans),
    manifests: createManifests(context, { ...rows, deleteManifest: deleteOne.manifest }),
    tags: createTags(context, { deleteTag: deleteOne.tag }),
    trash: createTrash(context, rows.trash),
    integrity: createIntegrity(context),
    listing: createListing(context),
    policies: createPolicies(context, rows),
    pulls: createPulls(context),
    accounts: createAccounts(context),
    access: createAccess(context, names),
    secrets: createSecrets(context, names),
    activity: createActivity(context, rows.activity),
    history: createHistory(context, rows),
    deletions: createDeletions(context, rows),
    garbage: createGarbage(context, rows),
    snapshot: snapshots.snapshot,
    renew: context.reads.renew,
    probe: createProbe(context),
    close: async () => {
      if (snapshots.running) await snapshots.stop()
      context.reads.close()
      closeDatabase(context.db)
    },
  }
}
