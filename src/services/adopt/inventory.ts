import type {
  ForeignLink,
  ForeignProblem,
  ForeignRegistry,
  ForeignTag,
} from '../../../storage/adopt/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { findingOf, type Ledger } from './report.ts'

/** A blob under one of its digests, and the repositories, at least one, that link it. */
export interface Need {
  readonly digest: Digest
  readonly repositories: RepositoryName[]
}

/** What the repositories of another registry link. */
export interface Inventory {
  /** By the digest under which the bytes lie; manifests are in it only where they are layers, too. */
  readonly blobs: ReadonlyMap<Digest, readonly Need[]>
  readonly manifests: ReadonlySet<Digest>
  readonly repositories: readonly ListedRepository[]
}

export interface ListedRepository {
  readonly name: RepositoryName
  readonly manifests: readonly ForeignLink[]
  readonly tags: readonly ForeignTag[]
}

function add(blobs: Map<Digest, Need[]>, name: RepositoryName, link: ForeignLink): void {
  const needs = blobs.get(link.target) ?? []
  const need = needs.find(({ digest }) => digest === link.digest)
  if (need) need.repositories.push(name)
  else needs.push({ digest: link.digest, repositories: [name] })
  blobs.set(link.target, needs)
}

/** Reads all links, once: what is pushed there meanwhile is for the next time. */
export async function takeInventory(
  foreign: ForeignRegistry,
  { counts, findings }: Ledger,
): Promise<Inventory> {
  const blobs = new Map<Digest, Need[]>()
  const targets = new Set<Digest>()
  const repositories: ListedRepository[] = []
  const onProblem = (problem: ForeignProblem) => void findings.push(findingOf(problem))
  for await (const { name, layers, manifests, tags } of foreign.repositories(onProblem)) {
    for (const link of layers) add(blobs, name, link)
    for (const { target } of manifests) targets.add(target)
    repositories.push({ name, manifests, tags })
    counts.repositories++
  }
  return { blobs, manifests: targets, repositories }
}
