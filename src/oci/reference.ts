import { type Digest, parseDigest } from './digest.ts'
import { OciError } from './errors.ts'

/** A tag, checked by {@link parseTag}; case matters. */
export type Tag = string & { readonly __brand: 'Tag' }

/** What a manifest is asked for by: exactly one of the two. */
export type Reference =
  | { readonly digest: Digest; readonly tag?: undefined }
  | { readonly tag: Tag; readonly digest?: undefined }

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

export function isTag(text: string): text is Tag {
  return tagPattern.test(text)
}

/** @throws OciError TAG_INVALID (distribution-spec: grammar of `<reference>` as a tag). */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text
  throw new OciError('TAG_INVALID', {
    message:
      'invalid tag; use up to 128 letters, digits and . _ -, and begin with a letter, digit or _',
    detail: { tag: text.slice(0, 160) },
  })
}

/** A text with a colon can only be a digest. @throws OciError DIGEST_INVALID, TAG_INVALID. */
export function parseReference(text: string): Reference {
  return text.includes(':') ? { digest: parseDigest(text) } : { tag: parseTag(text) }
}

/** `name:tag` or `name@digest`, as people write it. */
export function formatReference(name: string, reference: Reference): string {
  return reference.digest ? `${name}@${reference.digest}` : `${name}:${reference.tag}`
}
