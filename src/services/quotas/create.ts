import type { QuotaUse } from '../../../storage/metadata/policies/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { refusalError } from '../policies/refusal.ts'

/** How much of a quota is used; bytes. */
export interface MeasuredQuota extends QuotaUse {
  readonly used: number
}

/**
 * Quotas before anything is stored. What is exact is held by the store when a manifest comes; here
 * uploads are refused that could never become an image.
 */
export interface Quotas {
  /**
   * For a new upload, or for a blob that is to be mounted.
   * @throws OciError DENIED if a quota of the repository is used up, and no image that counts for it
   *   has the blob.
   */
  admit(repository: RepositoryName, blob?: Digest): Promise<void>
  /** All quotas, measured now, in the order of the rules. */
  list(): Promise<readonly MeasuredQuota[]>
}

function isMeasured(use: QuotaUse | undefined): use is MeasuredQuota {
  return use?.used !== undefined
}

export function createQuotas({ metadata }: { metadata: Pick<MetadataStore, 'policies'> }): Quotas {
  const { policies } = metadata

  /** What looks used up is measured: something may have been deleted since. */
  async function findUsedUp(seen: QuotaUse): Promise<MeasuredQuota | undefined> {
    if (isMeasured(seen) && seen.used < seen.limit) return undefined
    const use = await policies.measure(seen.rule)
    return isMeasured(use) && use.used >= use.limit ? use : undefined
  }

  return {
    async admit(repository, blob) {
      for (const seen of await policies.quotas(repository)) {
        const use = await findUsedUp(seen)
        if (use === undefined) continue
        if (blob !== undefined && (await policies.holds(use.rule, blob))) continue
        throw refusalError(repository, { reason: 'quota', ...use, added: 0 })
      }
    },
    async list() {
      const names = (await policies.allQuotas()).map(({ rule }) => rule)
      const uses = await Promise.all(names.map((name) => policies.measure(name)))
      return uses.filter(isMeasured)
    },
  }
}
