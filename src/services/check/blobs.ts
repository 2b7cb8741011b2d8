import type { BlobStore } from '../../../storage/blobs/store.ts'
import type { AuditedBlob, MetadataStore } from '../../../storage/metadata/store.ts'
import { auditBlob, type Verdict } from '../integrity/audit.ts'
import { allBlobs } from '../integrity/pages.ts'
import type { Quarantine } from '../integrity/quarantine.ts'
import type { CheckCounts, Finding } from './report.ts'

export interface BlobCheckDeps {
  readonly metadata: Pick<MetadataStore, 'integrity'>
  readonly blobStore: Pick<BlobStore, 'open'>
  /** Absent: nothing is changed. */
  readonly quarantine?: Quarantine | undefined
}

/** Reads every blob to its end. */
export async function* checkBlobs(
  deps: BlobCheckDeps,
  counts: CheckCounts,
): AsyncGenerator<Finding, void> {
  const { metadata, quarantine } = deps
  const onRead = async (bytes: number) => {
    counts.bytes += bytes
  }

  /** The verdict on what the row names now: a server at work may replace an object meanwhile. */
  async function settle(
    blob: AuditedBlob,
  ): Promise<{ readonly blob: AuditedBlob; readonly verdict: Verdict } | undefined> {
    const verdict = await auditBlob(deps.blobStore, blob, onRead)
    if (verdict.damage === undefined) return { blob, verdict }
    const now = await metadata.integrity.blob(blob.digest)
    if (now === undefined) return undefined
    return now.key === blob.key ? { blob: now, verdict } : settle(now)
  }

  async function repair(blob: AuditedBlob, { damage }: Verdict): Promise<Pick<Finding, 'repair'>> {
    if (quarantine === undefined) return {}
    if (damage === undefined) return (await quarantine.acquit(blob)) ? { repair: 'unmarked' } : {}
    if (!(await quarantine.condemn(blob, damage))) return {}
    return { repair: damage === 'missing' || damage === 'unreadable' ? 'marked' : 'put aside' }
  }

  for await (const each of allBlobs(metadata.integrity)) {
    counts.blobs++
    const settled = await settle(each)
    if (settled === undefined) continue
    const { blob, verdict } = settled
    if (verdict.damage === undefined && blob.damage === undefined) continue
    const { digest, key, size } = blob
    const problem = verdict.damage ?? 'marked'
    yield { what: 'blob', problem, digest, key, size, ...(await repair(blob, verdict)) }
  }
}
