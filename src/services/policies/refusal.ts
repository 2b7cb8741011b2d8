import type {
  OverwriteRefusal,
  QuotaRefusal,
  Refusal,
  TagRefusal,
} from '../../../storage/metadata/policies/store.ts'
import { OciError } from '../../oci/errors.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { humanBytes } from '../human-bytes.ts'

export type { QuotaRefusal, Refusal }

function tagWords(repository: RepositoryName, { action, rule, tag, digest }: TagRefusal): string {
  const begin = `the tag ${tag} of ${repository} can't be`
  return action === 'overwrite'
    ? `${begin} overwritten: the immutability rule "${rule}" keeps it at ${digest}; push under another tag, or have the rule changed`
    : `${begin} deleted: the immutability rule "${rule}" protects it; have the rule changed`
}

function overwriteWords(repository: RepositoryName, { tag, digest }: OverwriteRefusal): string {
  return `the tag ${tag} of ${repository} can't be overwritten: it is at ${digest}, and you have the right "push" without "overwrite" there; push under another tag, or ask for "overwrite"`
}

function quotaWords({ rule, limit, used, added }: QuotaRefusal): string {
  const quota = `the quota "${rule}" of ${humanBytes(limit)}`
  const cure = 'delete something or ask for more'
  return added === 0
    ? `${quota} is used up: ${humanBytes(used)} used; ${cure}`
    : `${quota} would be exceeded: ${humanBytes(used)} used, this push adds ${humanBytes(added)}; ${cure}`
}

function wordsOf(repository: RepositoryName, refusal: Refusal): string {
  if (refusal.reason === 'quota') return quotaWords(refusal)
  if (refusal.reason === 'overwrite') return overwriteWords(repository, refusal)
  return tagWords(repository, refusal)
}

/**
 * What a client is told that a rule refused: 403 DENIED with a sentence, which Docker, Podman and
 * others print, and with the refusal itself as detail. DENIED, for it is refused again if repeated.
 */
export function refusalError(repository: RepositoryName, refusal: Refusal): OciError {
  const { reason, ...facts } = refusal
  return new OciError('DENIED', {
    message: wordsOf(repository, refusal),
    detail: { reason, repository, ...facts },
  })
}
