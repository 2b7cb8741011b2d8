import type { BlobStore, Damage } from '../../../storage/blobs/store.ts'
import type { AuditedBlob, MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import { auditBlob } from './audit.ts'
import { auditManifest } from './manifest-audit.ts'
import type { Pace } from './pace.ts'
import { allManifests } from './pages.ts'
import { isCertain, type Quarantine } from './quarantine.ts'
import type { Suspects } from './suspects.ts'
import type { Trust } from './trust.ts'

export interface RoundDeps {
  readonly metadata: Pick<MetadataStore, 'integrity'>
  readonly blobStore: Pick<BlobStore, 'open'>
  readonly quarantine: Quarantine
  readonly suspects: Pick<Suspects, 'report'>
  readonly trust: Trust
}

/** What was looked at. */
export interface Tally {
  blobs: number
  /** Of blobs. */
  bytes: number
  manifests: number
  /** Blobs and manifests that were found bad. */
  damaged: number
}

export function newTally(): Tally {
  return { blobs: 0, bytes: 0, manifests: 0, damaged: 0 }
}

/** The pieces of work a background check is made of. */
export interface Round {
  /** Reads one blob and deals with what it finds; a marked one that is well is let back in. */
  blob(blob: AuditedBlob, pace: Pace, tally: Tally): Promise<void>
  /** The same for the blob of a digest, if there is one. */
  digest(digest: Digest, pace: Pace, tally: Tally): Promise<void>
  /** All manifests. */
  manifests(pace: Pace, tally: Tally): Promise<void>
}

export function createRound(deps: RoundDeps): Round {
  const { metadata, blobStore, quarantine, suspects, trust } = deps
  const { integrity } = metadata

  async function treat(audited: AuditedBlob, damage: Damage, tally: Tally): Promise<void> {
    // Out of use already, and nothing is there to be put aside.
    if (audited.damage !== undefined && !isCertain(damage)) return
    if (damage === 'unreadable') suspects.report(audited, damage)
    else if (await quarantine.condemn(audited, damage)) tally.damaged++
  }

  async function blob(audited: AuditedBlob, pace: Pace, tally: Tally): Promise<void> {
    const verdict = await auditBlob(blobStore, audited, pace)
    tally.blobs++
    if (verdict.damage !== undefined) return treat(audited, verdict.damage, tally)
    tally.bytes += audited.size
    trust.add(audited.key, verdict.version)
    if (audited.damage !== undefined) await quarantine.acquit(audited)
  }

  return {
    blob,
    async digest(digest, pace, tally) {
      const audited = await integrity.blob(digest)
      if (audited) await blob(audited, pace, tally)
    },
    async manifests(pace, tally) {
      for await (const manifest of allManifests(integrity)) {
        tally.manifests++
        await pace(manifest.size)
        if (manifest.damaged || auditManifest(manifest) === undefined) continue
        tally.damaged++
        await integrity.markManifest(manifest.repository, manifest.digest)
      }
    },
  }
}
