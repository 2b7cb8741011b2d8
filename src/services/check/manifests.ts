import type { AuditedManifest, MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import { type ManifestView, readManifest } from '../../oci/manifest.ts'
import { auditManifest } from '../integrity/manifest-audit.ts'
import { allManifests } from '../integrity/pages.ts'
import type { CheckCounts, Finding } from './report.ts'

export interface ManifestCheckDeps {
  readonly metadata: Pick<MetadataStore, 'integrity'>
  /** Whether bad ones are marked. */
  readonly repair: boolean
}

/** What the bytes name and the metadata does not keep for them. */
function unlinkedOf({ body, mediaType, references }: AuditedManifest): readonly Digest[] {
  let view: ManifestView
  try {
    view = readManifest(body as Buffer, mediaType)
  } catch {
    // Taken in by rules that have become stricter since: nothing is known of what it names.
    return []
  }
  const named = [...view.blobs, ...view.children].map(({ digest }) => digest)
  return [...new Set(named)].filter((digest) => !references.has(digest))
}

/** Reads every manifest, and compares what it names with what the metadata keeps for it. */
export async function* checkManifests(
  { metadata, repair }: ManifestCheckDeps,
  counts: CheckCounts,
): AsyncGenerator<Finding, void> {
  const { integrity } = metadata
  for await (const manifest of allManifests(integrity)) {
    counts.manifests++
    const { repository, digest, size } = manifest
    const found = { what: 'manifest', repository, digest, size } as const
    const damage = auditManifest(manifest)
    if (damage !== undefined) {
      const marked = repair && (await integrity.markManifest(repository, digest))
      yield { ...found, problem: damage, ...(marked ? { repair: 'marked' as const } : {}) }
      continue
    }
    for (const unlinked of unlinkedOf(manifest)) {
      yield { ...found, problem: 'unlinked', detail: unlinked }
    }
  }
}
