import type { ForeignRegistry } from '../../../storage/adopt/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { together } from './together.ts'

export interface RemovalDeps {
  readonly metadata: Pick<MetadataStore, 'blobs' | 'manifests'>
  readonly foreign: ForeignRegistry
}

/** Files removed at the same time. */
const width = 8

/** A link that is not needed any more: what it says is known here. */
interface Spent {
  readonly target: Digest
  remove(): Promise<void>
}

interface Links {
  readonly spent: Spent[]
  /** Content that a link which stays needs. */
  readonly needed: Set<Digest>
}

/**
 * Takes away from another registry what is here by now, so that what stays there is what was left out.
 * First content, then links: cut off, it finds the same again. Call it when all is durable.
 */
export async function removeAdopted({ metadata, foreign }: RemovalDeps): Promise<void> {
  const links: Links = { spent: [], needed: new Set() }
  const tags: (() => Promise<void>)[] = []

  function sort(target: Digest, isHere: boolean, remove: () => Promise<void>): void {
    if (isHere) links.spent.push({ target, remove })
    else links.needed.add(target)
  }

  const headOf = (name: RepositoryName, digest: Digest) => metadata.manifests.head(name, { digest })

  for await (const { name, ...held } of foreign.repositories(() => undefined)) {
    for (const { digest, target } of held.layers) {
      const isHere = (await metadata.blobs.find(name, digest)) !== undefined
      sort(target, isHere, () => foreign.removeLayer(name, digest))
    }
    for (const { digest, target } of held.manifests) {
      const isHere = (await headOf(name, digest)) !== undefined
      sort(target, isHere, () => foreign.removeManifest(name, digest))
    }
    for (const { tag, digest } of held.tags) {
      if (await headOf(name, digest)) tags.push(() => foreign.removeTag(name, tag))
    }
  }
  const targets = new Set(links.spent.map(({ target }) => target))
  const content = [...targets].filter((target) => !links.needed.has(target))
  await together(content, width, foreign.removeBlob)
  await together(links.spent, width, ({ remove }) => remove())
  await together(tags, width, (remove) => remove())
  await foreign.prune()
}
