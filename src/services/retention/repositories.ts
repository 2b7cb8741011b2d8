import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { rulesFor } from '../../policies/patterns.ts'
import type { RulesInForce } from './evaluation.ts'

const pageSize = 1000

/** The repositories that a retention rule is about, those after `after`, in byte order. */
export async function* concernedRepositories(
  { repositories }: Pick<MetadataStore, 'repositories'>,
  { retention }: RulesInForce,
  after = '',
): AsyncGenerator<RepositoryName> {
  let last: string | undefined = after
  while (last !== undefined && retention.length > 0) {
    const page: readonly RepositoryName[] = await repositories.list({
      after: last,
      limit: pageSize,
    })
    yield* page.filter((name) => rulesFor(retention, name).length > 0)
    last = page.length === pageSize ? page.at(-1) : undefined
  }
}
