import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { Problem } from '../problem.ts'
import type { ArchiveName } from './names.ts'
import type { PlannedImage } from './plan.ts'
import { refuse } from './refusal.ts'

/** Where images are to go; what is not said is taken from the archive. */
export interface WantedName {
  readonly repository?: RepositoryName | undefined
  readonly tag?: Tag | undefined
}

/** Where an image goes; without a tag it is stored by its digest. */
export interface Target {
  readonly repository: RepositoryName
  readonly tag?: Tag
  readonly digest: Digest
}

function refuseSeveral(images: readonly PlannedImage[]): void {
  if (images.length === 1) return
  throw new Problem('INVALID_PARAMETER', {
    message: `the archive holds ${images.length} images, and one tag names one of them; leave it out`,
    params: { parameter: 'tag' },
  })
}

function nameless(part: 'repo' | 'tag', digest: Digest): Problem {
  return refuse(`it does not name the image ${digest}; say ${part}`, { digest, parameter: part })
}

function targetOf(digest: Digest, name: ArchiveName, wanted: WantedName): Target {
  const repository = wanted.repository ?? name.repository
  const tag = wanted.tag ?? name.tag
  if (repository === undefined) throw nameless('repo', digest)
  if (tag === undefined) throw nameless('tag', digest)
  return { repository, tag, digest }
}

/** Two images under one name would be a matter of chance. */
function refuseTwice(targets: readonly Target[]): readonly Target[] {
  const seen = new Map<string, Digest>()
  return targets.filter(({ repository, tag, digest }) => {
    const name = `${repository}:${tag}`
    const before = seen.get(name)
    if (before !== undefined && before !== digest) {
      throw refuse(`it has two images for ${name}; import them one by one`, { name })
    }
    seen.set(name, digest)
    return before === undefined
  })
}

/**
 * Where each image goes. What is attached to others follows them, if they go to one repository.
 * @throws Problem if an image has no name, or two have the same.
 */
export function targetsOf(all: readonly PlannedImage[], wanted: WantedName): readonly Target[] {
  const named = all.filter(({ names, attached }) => names.length > 0 || !attached)
  const images = named.length > 0 ? named : all
  if (images.length === 0) throw refuse('it holds no image')
  if (wanted.tag !== undefined) refuseSeveral(images)
  const targets = images.flatMap(({ digest, names }) => {
    const known = wanted.tag === undefined ? names : names.slice(0, 1)
    return (known.length === 0 ? [{}] : known).map((name) => targetOf(digest, name, wanted))
  })
  const repositories = [...new Set(targets.map(({ repository }) => repository))]
  const [only] = repositories
  const others = all.filter((image) => !images.includes(image))
  const follow = repositories.length === 1 && only ? others : []
  return [
    ...refuseTwice(targets),
    ...follow.map(({ digest }) => ({ repository: only as RepositoryName, digest })),
  ]
}
