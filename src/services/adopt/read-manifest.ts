import type { ForeignLink, ForeignRegistry } from '../../../storage/adopt/store.ts'
import type { NewManifest } from '../../../storage/metadata/store.ts'
import { algorithmOf, digestOf } from '../../oci/digest.ts'
import { OciError } from '../../oci/errors.ts'
import { readManifest } from '../../oci/manifest.ts'
import { type ReferencePolicy, toStore } from '../manifests.ts'
import type { AdoptionFinding } from './report.ts'

/** What is wrong with a manifest or a tag. */
export type Flaw = Pick<AdoptionFinding, 'problem' | 'detail'>

export interface ManifestPolicy extends ReferencePolicy {
  /** Bytes. */
  readonly maxSize: number
}

function isSchema1(body: Buffer): boolean {
  try {
    return (JSON.parse(String(body)) as { schemaVersion?: unknown } | null)?.schemaVersion === 1
  } catch {
    return false
  }
}

/** By the rules of a push whose `Content-Type` says nothing, as the other registry goes by the bytes. */
function parse(body: Buffer, { digest }: ForeignLink, policy: ManifestPolicy): NewManifest | Flaw {
  try {
    const view = readManifest(body, undefined, policy.maxReferences)
    return toStore(view, { digest, body }, policy)
  } catch (error) {
    if (!(error instanceof OciError)) throw error
    if (isSchema1(body)) return { problem: 'schema 1' }
    return { problem: 'invalid', detail: error.message }
  }
}

/** Reads a manifest and verifies it. */
export async function readForeignManifest(
  foreign: Pick<ForeignRegistry, 'read'>,
  link: ForeignLink,
  policy: ManifestPolicy,
): Promise<NewManifest | Flaw> {
  const body = await foreign.read(link.target, policy.maxSize)
  if (body === undefined) return { problem: 'missing' }
  if (typeof body === 'string') return { problem: body }
  if (digestOf(body, algorithmOf(link.digest)) !== link.digest) return { problem: 'wrong content' }
  return parse(body, link, policy)
}
