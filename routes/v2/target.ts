import { type Digest, parseDigest } from '../../src/oci/digest.ts'
import { OciError } from '../../src/oci/errors.ts'
import { parseRepositoryName, type RepositoryName } from '../../src/oci/name.ts'
import { parseReference, type Reference } from '../../src/oci/reference.ts'
import type { UploadId } from '../../src/services/uploads.ts'

/** What a URL below `/v2` names; parsed once, shared by authorization, handler and log. */
export type Target =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: RepositoryName }
  | {
      readonly kind: 'manifest'
      readonly repository: RepositoryName
      readonly reference: Reference
    }
  | { readonly kind: 'blob'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'referrers'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: RepositoryName }
  | { readonly kind: 'upload'; readonly repository: RepositoryName; readonly id: UploadId }

export type TargetKind = Target['kind']
export type TargetOf<K extends TargetKind> = Extract<Target, { readonly kind: K }>

/** Route patterns, as logs and metrics name them. */
export const patterns: Readonly<Record<TargetKind, string>> = {
  base: '/v2/',
  catalog: '/v2/_catalog',
  tags: '/v2/{name}/tags/list',
  manifest: '/v2/{name}/manifests/{reference}',
  blob: '/v2/{name}/blobs/{digest}',
  referrers: '/v2/{name}/referrers/{digest}',
  uploads: '/v2/{name}/blobs/uploads/',
  upload: '/v2/{name}/blobs/uploads/{id}',
}

function refuse(segment: string): OciError {
  return new OciError('NAME_INVALID', {
    message:
      'the path has an empty or relative segment, an encoded slash, a control character or a broken escape',
    detail: { segment: segment.slice(0, 80) },
  })
}

/** Decodes a segment once; what could be read in two ways is refused. */
function decodeSegment(raw: string): string {
  let segment: string
  try {
    segment = raw.includes('%') ? decodeURIComponent(raw) : raw
  } catch {
    throw refuse(raw)
  }
  if (segment === '' || segment === '.' || segment === '..' || /[/\\\p{Cc}]/u.test(segment)) {
    throw refuse(raw)
  }
  return segment
}

function nameOf(segments: readonly string[], tail: number): RepositoryName {
  return parseRepositoryName(segments.slice(0, -tail).join('/'))
}

function parseUploadId(text: string): UploadId {
  if (/^[A-Za-z0-9-]{36}$/.test(text)) return text as UploadId
  throw new OciError('BLOB_UPLOAD_UNKNOWN')
}

/** The last two segments decide, then the name is what stands before them. */
function matchTail(segments: readonly string[]): Target | undefined {
  if (segments.length < 3) return undefined
  const [second, last] = segments.slice(-2) as [string, string]
  if (segments.length > 3 && segments.at(-3) === 'blobs' && second === 'uploads') {
    return { kind: 'upload', repository: nameOf(segments, 3), id: parseUploadId(last) }
  }
  if (second === 'blobs' && last === 'uploads') {
    return { kind: 'uploads', repository: nameOf(segments, 2) }
  }
  if (second === 'tags' && last === 'list') {
    return { kind: 'tags', repository: nameOf(segments, 2) }
  }
  return matchContent(segments, second, last)
}

function matchContent(segments: readonly string[], noun: string, last: string): Target | undefined {
  if (noun === 'manifests') {
    const repository = nameOf(segments, 2)
    return { kind: 'manifest', repository, reference: parseReference(last) }
  }
  if (noun === 'blobs' || noun === 'referrers') {
    const repository = nameOf(segments, 2)
    const kind = noun === 'blobs' ? 'blob' : 'referrers'
    return { kind, repository, digest: parseDigest(last) }
  }
  return undefined
}

/**
 * Reads the path of a raw request URL, from the right, because names may contain every word of the
 * API (`foo/manifests`, `foo/blobs/uploads`). Works on what came over the wire, before any decoding.
 *
 * @returns `undefined` for a path that is no endpoint.
 * @throws OciError NAME_INVALID, DIGEST_INVALID, TAG_INVALID, BLOB_UPLOAD_UNKNOWN
 */
export function parseTarget(url: string): Target | undefined {
  const at = url.indexOf('?')
  const path = at === -1 ? url : url.slice(0, at)
  const known = targets.get(path)
  if (known) return known
  const target = readPath(path)
  if (target && path.length <= longestKept) keep(path, target)
  return target
}

/** Paths that were read lately, for many clients ask for the same few; what they mean never changes. */
const targets = new Map<string, Target>()
const mostKept = 2000
const longestKept = 400

function keep(path: string, target: Target): void {
  if (targets.size >= mostKept) targets.clear()
  targets.set(path, Object.freeze(target))
}

function readPath(path: string): Target | undefined {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' }
  const raw = path.slice('/v2/'.length).split('/')
  const trailing = raw.at(-1) === '' && raw.at(-2) === 'uploads' && raw.at(-3) === 'blobs'
  const segments = (trailing ? raw.slice(0, -1) : raw).map(decodeSegment)
  if (segments.length === 1 && segments[0] === '_catalog') return { kind: 'catalog' }
  if (trailing) return { kind: 'uploads', repository: nameOf(segments, 2) }
  return matchTail(segments)
}
