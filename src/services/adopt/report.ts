import type { ForeignProblem } from '../../../storage/adopt/store.ts'
import type { Damage } from '../../../storage/blobs/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'

/**
 * What was found. Besides damages as the stores name them and what the directory itself has:
 * - `schema 1`: a manifest of that format, which is not served here;
 * - `invalid`: a manifest that would be refused in a push, `detail` says why;
 * - `too large`: a manifest above `manifests.maxSize`;
 * - `lacks content`: a manifest names blobs, in `detail`, that its repository does not have;
 * - `lacks children`: an index lists manifests, in `detail`, that its repository does not have; it is
 *   adopted unless `manifests.requireChildren` says otherwise;
 * - `no manifest`: a tag names a manifest that its repository does not have, or that was left out;
 * - `changed here`: a tag was pushed or deleted here since; it stays as it is;
 * - `refused`: a rule forbids it, `detail` says which.
 */
export type AdoptionProblem =
  | ForeignProblem['problem']
  | Damage
  | 'schema 1'
  | 'invalid'
  | 'too large'
  | 'lacks content'
  | 'lacks children'
  | 'no manifest'
  | 'changed here'
  | 'refused'

export interface AdoptionFinding {
  readonly what: 'file' | 'blob' | 'manifest' | 'tag'
  readonly problem: AdoptionProblem
  readonly repository?: RepositoryName
  readonly tag?: Tag
  readonly digest?: Digest
  /** Below the adopted directory. */
  readonly path?: string
  readonly detail?: string
  /** Whether something that the other registry listed is not here because of it. */
  readonly leftOut: boolean
}

/** How many came now, and how many were here already. */
export interface Adopted {
  adopted: number
  kept: number
}

export interface AdoptionCounts {
  repositories: number
  readonly blobs: Adopted
  readonly manifests: Adopted
  readonly tags: Adopted
  /** Of adopted blobs. */
  bytes: number
  /** Manifests that no tag, index or subject holds. */
  untagged: number
  /** Blobs that no repository links: they stay where they are. */
  readonly unreferenced: { blobs: number; bytes: number }
}

/** What an adoption works with besides the stores: where it tells how it goes. */
export interface Ledger {
  readonly counts: AdoptionCounts
  readonly findings: AdoptionFinding[]
}

export function createLedger(): Ledger {
  return {
    counts: {
      repositories: 0,
      blobs: { adopted: 0, kept: 0 },
      manifests: { adopted: 0, kept: 0 },
      tags: { adopted: 0, kept: 0 },
      bytes: 0,
      untagged: 0,
      unreferenced: { blobs: 0, bytes: 0 },
    },
    findings: [],
  }
}

/** What a problem in the directory means for what is adopted. */
export function findingOf(problem: ForeignProblem): AdoptionFinding {
  const { digest, tag } = problem
  const healed = problem.problem === 'empty link' && digest !== undefined && tag === undefined
  const what = tag === undefined ? 'file' : 'tag'
  const detail = healed ? { detail: 'read from its path' } : {}
  return { what, ...problem, ...detail, leftOut: !healed && problem.problem !== 'stray' }
}

/** By what a person looks for; the order in which things were done differs from run to run. */
export function inOrder(findings: readonly AdoptionFinding[]): readonly AdoptionFinding[] {
  const kinds: readonly AdoptionFinding['what'][] = ['file', 'blob', 'manifest', 'tag']
  const keyOf = ({ what, repository, tag, digest, path }: AdoptionFinding) =>
    [kinds.indexOf(what), repository, tag, path, digest].join(' ')
  return findings
    .map((finding) => ({ finding, key: keyOf(finding) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ finding }) => finding)
}
