import t from 'tap'
import { accessCases } from './access.ts'
import { accountCases } from './accounts.ts'
import { blobCases } from './blobs.ts'
import { comesBackCases } from './comes-back.ts'
import { deletionCases } from './deletions.ts'
import { durabilityCases } from './durability.ts'
import { garbageCases } from './garbage.ts'
import { historyCases } from './history.ts'
import { integrityCases } from './integrity.ts'
import { leaseCases } from './leases.ts'
import { listingCases } from './listing.ts'
import { manifestCases } from './manifests.ts'
import { overwritingCases } from './overwriting.ts'
import { pendingCases } from './pending.ts'
import { policyCases } from './policies.ts'
import { pullCases } from './pulls.ts'
import { putAgainCases } from './put-again.ts'
import { queueCases } from './queues.ts'
import { referrerCases } from './referrers.ts'
import { repositoryCases } from './repositories.ts'
import { snapshotCases } from './snapshots.ts'
import type { OpenSubject } from './subject.ts'
import { tagCases } from './tags.ts'
import { trashCases } from './trash.ts'
import { uploadCases } from './uploads.ts'
import { visibleCases } from './visible.ts'

const groups = {
  repositories: repositoryCases,
  'what is visible': visibleCases,
  blobs: blobCases,
  uploads: uploadCases,
  manifests: manifestCases,
  'manifests put again': putAgainCases,
  overwriting: overwritingCases,
  'pending references': pendingCases,
  referrers: referrerCases,
  tags: tagCases,
  'lists for people': listingCases,
  policies: policyCases,
  trash: trashCases,
  integrity: integrityCases,
  pulls: pullCases,
  accounts: accountCases,
  access: accessCases,
  'the queues of the collector': queueCases,
  leases: leaseCases,
  garbage: garbageCases,
  deletions: deletionCases,
  'what comes back': comesBackCases,
  history: historyCases,
  snapshots: snapshotCases,
  'durability and concurrency': durabilityCases,
}

/** Holds a driver to every sentence of storage/metadata/store.ts. */
export function metadataStoreSuite(driver: string, open: OpenSubject): void {
  for (const [group, cases] of Object.entries(groups)) {
    t.test(`${driver}: ${group}`, async (t) => cases(t, open))
  }
}
