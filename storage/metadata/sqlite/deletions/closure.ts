import type { Digest } from '../../../../src/oci/digest.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import type {
  DeletionRequest,
  DoomedManifest,
  Holder,
  KeptManifest,
} from '../../deletions/store.ts'
import { fromColumn, toColumn } from '../digest-column.ts'
import type { RelatedManifest, Relations } from './relations.ts'

export interface Candidate extends RelatedManifest {
  readonly because: DoomedManifest['because']
}

/** Which manifests go with what was asked for, and which stay because something still holds them. */
export interface Closure {
  /** Named tags that are there, with what they point at. */
  readonly tags: ReadonlyMap<Tag, RelatedManifest>
  readonly doomed: ReadonlyMap<number, Candidate>
  readonly kept: readonly KeptManifest[]
  readonly unknown: DeletionRequest
}

/** Examples of holders that are told. */
const examples = 5

interface Named {
  readonly tags: Map<Tag, RelatedManifest>
  readonly manifests: RelatedManifest[]
  readonly unknown: { readonly tags: Tag[]; readonly digests: Digest[] }
}

function look(relations: Relations, repositoryId: number, request: DeletionRequest): Named {
  const named: Named = { tags: new Map(), manifests: [], unknown: { tags: [], digests: [] } }
  for (const tag of new Set(request.tags)) {
    const manifest = relations.byTag(repositoryId, tag)
    if (manifest) named.tags.set(tag, manifest)
    else named.unknown.tags.push(tag)
  }
  for (const digest of new Set(request.digests)) {
    const manifest = relations.byDigest(repositoryId, toColumn(digest))
    if (manifest) named.manifests.push(manifest)
    else named.unknown.digests.push(digest)
  }
  return named
}

/** Finds what goes with what is asked for; runs inside of its caller's transaction. */
export function findClosure(
  relations: Relations,
  repositoryId: number,
  request: DeletionRequest,
): Closure {
  const { tags, manifests, unknown } = look(relations, repositoryId, request)
  const doomed = new Map<number, Candidate>()
  const candidates = new Map<number, Candidate>()

  function consider(some: Iterable<RelatedManifest>, because: Candidate['because']): void {
    for (const one of some) {
      if (doomed.has(one.id) || candidates.has(one.id)) continue
      candidates.set(one.id, { ...one, because })
    }
  }

  /** What was asked for by digest goes whatever tags it has, and whatever it refers to. */
  function holdersOf(candidate: Candidate): readonly Holder[] {
    const held = relations.holdersOf(candidate, (id) => doomed.has(id))
    if (candidate.because === 'asked for') return held.filter(({ kind }) => kind === 'index')
    const others = relations.tagsOf(candidate).filter((tag) => !tags.has(tag))
    return [...others.map((tag): Holder => ({ kind: 'tag', tag })), ...held]
  }

  function doom(candidate: Candidate): void {
    doomed.set(candidate.id, candidate)
    candidates.delete(candidate.id)
    consider(relations.childrenOf(candidate), 'only part of it')
    consider(relations.referrersOf(candidate), 'refers to it')
  }

  consider(manifests, 'asked for')
  consider(tags.values(), 'untagged')
  // Each that goes may let others go, until nothing changes any more.
  for (let free = [...candidates.values()]; free.length > 0; ) {
    free = [...candidates.values()].filter((candidate) => holdersOf(candidate).length === 0)
    for (const candidate of free) doom(candidate)
  }
  const kept = [...candidates.values()].map((candidate) => ({
    digest: fromColumn(candidate.digest),
    heldBy: holdersOf(candidate).slice(0, examples),
  }))
  return { tags, doomed, kept, unknown }
}
