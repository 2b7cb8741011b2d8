import type { ForeignRegistry, Placing } from '../../../storage/adopt/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { createBlobAdoption } from './blobs.ts'
import { takeInventory } from './inventory.ts'
import { createManifestAdoption } from './manifests.ts'
import type { ManifestPolicy } from './read-manifest.ts'
import { type AdoptionCounts, type AdoptionFinding, createLedger, inOrder } from './report.ts'
import { createTagAdoption } from './tags.ts'

/** How far it is. */
export interface AdoptionStep {
  readonly what: 'blobs' | 'repositories'
  readonly done: number
  readonly total: number
  /** Of blobs, read by now. */
  readonly bytes?: number
}

export interface AdoptionOptions {
  readonly metadata: MetadataStore
  readonly foreign: ForeignRegistry
  /** @param onRead told of bytes as they are read. */
  readonly placing: (onRead: (bytes: number) => void) => Placing
  readonly policy: ManifestPolicy
  readonly onStep?: ((step: AdoptionStep) => void) | undefined
}

export interface Adoption {
  readonly counts: AdoptionCounts
  readonly findings: readonly AdoptionFinding[]
}

/** How many manifests of a repository nothing holds. */
async function countUntagged(
  { policies }: Pick<MetadataStore, 'policies'>,
  name: RepositoryName,
): Promise<number> {
  let count = 0
  let after: Digest | undefined
  do {
    const page = await policies.untagged(name, { after, limit: 1000 })
    count += page.items.length
    after = page.next
  } while (after !== undefined)
  return count
}

/**
 * Makes everything of another registry that is whole part of this one: all blobs, then, a repository
 * at a time, manifests and at last tags, so that whatever can be asked for can be pulled, wherever
 * this is cut off. Run again it goes on: what has a row is not read again.
 */
export async function runAdoption(options: AdoptionOptions): Promise<Adoption> {
  const { metadata, foreign, policy, onStep } = options
  const ledger = createLedger()
  const inventory = await takeInventory(foreign, ledger)
  const total = inventory.blobs.size
  let done = 0
  let bytes = 0
  const show = () => onStep?.({ what: 'blobs', done, total, bytes })
  const placing = options.placing((read) => {
    bytes += read
    show()
  })
  const onDone = (blobs: number) => {
    done += blobs
    show()
  }
  await createBlobAdoption({ metadata, foreign, placing, ledger, onDone })(inventory)
  const adoptManifests = createManifestAdoption({ metadata, foreign, policy, ledger })
  const adoptTags = createTagAdoption({ metadata, policy, ledger })
  for (const [i, { name, manifests, tags }] of inventory.repositories.entries()) {
    await adoptManifests(name, manifests)
    await adoptTags(name, tags)
    ledger.counts.untagged += await countUntagged(metadata, name)
    onStep?.({ what: 'repositories', done: i + 1, total: inventory.repositories.length })
  }
  return { ...ledger, findings: inOrder(ledger.findings) }
}
