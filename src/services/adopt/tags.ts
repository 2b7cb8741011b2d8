import type { ForeignTag } from '../../../storage/adopt/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { readManifest } from '../../oci/manifest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { type ReferencePolicy, toStore } from '../manifests.ts'
import { refusalError } from '../policies/refusal.ts'
import { adopter } from './adopter.ts'
import type { Flaw } from './read-manifest.ts'
import type { Ledger } from './report.ts'
import { together } from './together.ts'

export interface TagAdoptionDeps {
  readonly metadata: Pick<MetadataStore, 'manifests' | 'history'>
  readonly policy: ReferencePolicy
  readonly ledger: Ledger
}

/** Tags pointed at the same time: they share a commit. */
const width = 64

/** Points the tags of a repository, whose manifests are stored, with the times they had. */
export function createTagAdoption({ metadata, policy, ledger }: TagAdoptionDeps) {
  const { manifests, history } = metadata
  const { counts, findings } = ledger

  /** What people did here since weighs more than where the tag was when it was adopted. */
  async function wasChanged(repository: RepositoryName, { tag }: ForeignTag): Promise<boolean> {
    const [last] = await history.moves({ repository, tag, limit: 1 })
    return last !== undefined && last.by.client !== adopter.client
  }

  async function point(
    name: RepositoryName,
    { tag, digest, since }: ForeignTag,
  ): Promise<Flaw | undefined> {
    const stored = await manifests.find(name, { digest })
    if (stored === undefined) return { problem: 'no manifest' }
    const manifest = toStore(readManifest(stored.body, stored.mediaType), stored, policy)
    const result = await manifests.put(name, manifest, [tag], adopter, { since })
    if (result.stored) return undefined
    if (result.refused === undefined) return { problem: 'lacks content' }
    return { problem: 'refused', detail: refusalError(name, result.refused).message }
  }

  async function adopt(name: RepositoryName, each: ForeignTag): Promise<void> {
    const { tag, digest } = each
    const found = { what: 'tag', repository: name, tag, digest } as const
    if ((await manifests.head(name, { tag }))?.digest === digest) {
      counts.tags.kept++
    } else if (await wasChanged(name, each)) {
      findings.push({ ...found, problem: 'changed here', leftOut: false })
    } else {
      const flaw = await point(name, each)
      if (flaw) findings.push({ ...found, ...flaw, leftOut: true })
      else counts.tags.adopted++
    }
  }

  return (name: RepositoryName, tags: readonly ForeignTag[]): Promise<void> =>
    together(tags, width, (tag) => adopt(name, tag))
}
