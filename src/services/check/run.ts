import type { BlobStore, UploadStore } from '../../../storage/blobs/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { createQuarantine } from '../integrity/quarantine.ts'
import { checkAccounts } from './accounts.ts'
import { checkBlobs } from './blobs.ts'
import { checkManifests } from './manifests.ts'
import { checkObjects } from './objects.ts'
import type { CheckCounts, CheckReport, Finding } from './report.ts'

export interface CheckOptions {
  readonly metadata: Pick<MetadataStore, 'accounts' | 'integrity' | 'uploads'>
  readonly blobStore: BlobStore
  readonly uploadStore: Pick<UploadStore, 'originOf'>
  /**
   * Take what is bad out of use, so that the next push heals it. Only while no server works on the
   * stores; without, one may.
   */
  readonly repair: boolean
  /** The counts as they grow; the same object each time. */
  readonly onProgress?: (counts: Readonly<CheckCounts>) => void
  readonly now?: () => Date
}

async function* checkMetadata({
  metadata,
}: Pick<CheckOptions, 'metadata'>): AsyncGenerator<Finding, void> {
  for (const detail of await metadata.integrity.inspect()) {
    yield { what: 'metadata', problem: 'inconsistent', detail }
  }
}

/** Compares all that is stored with all that is known of it: every byte, every row. */
export async function runCheck(options: CheckOptions): Promise<CheckReport> {
  const { metadata, blobStore, repair, onProgress, now = () => new Date() } = options
  const startedAt = now().toISOString()
  const counts: CheckCounts = { blobs: 0, bytes: 0, manifests: 0, objects: 0 }
  const findings: Finding[] = []
  const quarantine = repair ? createQuarantine({ metadata, blobStore }) : undefined
  const parts = [
    checkMetadata(options),
    checkManifests(options, counts),
    checkBlobs({ metadata, blobStore, quarantine }, counts),
    checkObjects(options, counts),
    checkAccounts(options),
  ]
  const progress = onProgress && setInterval(() => onProgress(counts), 200)
  try {
    for (const part of parts) {
      for await (const finding of part) findings.push(finding)
    }
  } finally {
    clearInterval(progress)
  }
  return {
    format: 1,
    startedAt,
    finishedAt: now().toISOString(),
    repaired: repair,
    counts,
    findings,
  }
}
