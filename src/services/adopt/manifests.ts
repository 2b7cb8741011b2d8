import type { ForeignLink, ForeignRegistry } from '../../../storage/adopt/store.ts'
import type { MetadataStore, NewManifest } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import { isIndexType } from '../../oci/media-types.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { refusalError } from '../policies/refusal.ts'
import { adopter } from './adopter.ts'
import { type ManifestPolicy, readForeignManifest } from './read-manifest.ts'
import type { Ledger } from './report.ts'
import { some } from './some.ts'
import { together } from './together.ts'

export interface ManifestAdoptionDeps {
  readonly metadata: Pick<MetadataStore, 'blobs' | 'manifests'>
  readonly foreign: Pick<ForeignRegistry, 'read'>
  readonly policy: ManifestPolicy
  readonly ledger: Ledger
}

/** Manifests stored at the same time: they share a commit. */
const width = 64

/** Stores the manifests of a repository: what they list always comes before them. */
export function createManifestAdoption(deps: ManifestAdoptionDeps) {
  const { metadata, foreign, policy, ledger } = deps
  const { counts, findings } = ledger

  /** Entries of an index that are not in the repository. */
  async function absentOf(name: RepositoryName, { children }: NewManifest) {
    const digests = [...new Set(children.map(({ digest }) => digest))]
    const found = await metadata.manifests.headAll(name, digests)
    const there = new Set(found.map(({ digest }) => digest))
    const absent: Digest[] = []
    for (const digest of digests) {
      if (!there.has(digest) && !(await metadata.blobs.find(name, digest))) absent.push(digest)
    }
    return absent
  }

  async function store(name: RepositoryName, manifest: NewManifest): Promise<void> {
    const found = { what: 'manifest', repository: name, digest: manifest.digest } as const
    const result = await metadata.manifests.put(name, manifest, [], adopter)
    if (result.stored) {
      counts.manifests.adopted++
      const absent = await absentOf(name, manifest)
      if (absent.length === 0) return
      findings.push({ ...found, problem: 'lacks children', detail: some(absent), leftOut: false })
    } else if (result.refused) {
      const { message } = refusalError(name, result.refused)
      findings.push({ ...found, problem: 'refused', detail: message, leftOut: true })
    } else {
      const detail = some(result.missing)
      findings.push({ ...found, problem: 'lacks content', detail, leftOut: true })
    }
  }

  return async (name: RepositoryName, links: readonly ForeignLink[]): Promise<void> => {
    const waiting = new Map<
      Digest,
      { readonly link: ForeignLink; readonly on: readonly Digest[] }
    >()

    async function adopt(link: ForeignLink, mayWait: boolean): Promise<void> {
      const manifest = await readForeignManifest(foreign, link, policy)
      if ('problem' in manifest) {
        const { digest } = link
        findings.push({ what: 'manifest', repository: name, digest, ...manifest, leftOut: true })
      } else if (mayWait && isIndexType(manifest.mediaType)) {
        waiting.set(link.digest, { link, on: manifest.children.map(({ digest }) => digest) })
      } else await store(name, manifest)
    }

    await together(links, width, async (link) => {
      if (await metadata.manifests.head(name, { digest: link.digest })) counts.manifests.kept++
      else await adopt(link, true)
    })
    while (waiting.size > 0) {
      // A digest can't be part of what it is the digest of: some wait for none of the others.
      const ready = [...waiting.values()].filter(({ on }) => !on.some((each) => waiting.has(each)))
      await together(ready, width, async ({ link }) => adopt(link, false))
      for (const { link } of ready) waiting.delete(link.digest)
      if (ready.length === 0) throw new Error(`manifests of ${name} list each other`)
    }
  }
}
