import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { findProtection } from '../../policies/immutability.ts'
import { type Refusal, refusalError } from '../policies/refusal.ts'
import type { Target } from './targets.ts'

export interface AdmitTagsDeps {
  readonly metadata: {
    readonly manifests: Pick<MetadataStore['manifests'], 'head'>
    readonly policies: Pick<MetadataStore['policies'], 'get'>
  }
}

/**
 * Asks, before the first image of an archive is stored, what the store will ask for each: so that a
 * tag which may not be moved refuses all of the archive. What changes meanwhile is still found then.
 * @throws OciError DENIED, as for a push of that tag.
 */
export async function admitTags(
  { metadata: { manifests, policies } }: AdmitTagsDeps,
  targets: readonly Target[],
  mayOverwrite: (repository: RepositoryName) => boolean,
): Promise<void> {
  const rules = (await policies.get('immutability'))?.rules ?? []

  function refusalOf(repository: RepositoryName, tag: Tag, { digest }: Pick<Target, 'digest'>) {
    if (!mayOverwrite(repository)) return { reason: 'overwrite', tag, digest } as const
    const rule = findProtection(rules, repository, 'overwrite')(tag)
    const action = 'overwrite' as const
    return rule && ({ reason: 'immutable', action, rule: rule.name, tag, digest } as const)
  }

  for (const { repository, tag, digest } of targets) {
    if (tag === undefined) continue
    const present = await manifests.head(repository, { tag })
    if (present === undefined || present.digest === digest) continue
    const refusal: Refusal | undefined = refusalOf(repository, tag, present)
    if (refusal) throw refusalError(repository, refusal)
  }
}
