import { type Digest, isDigest } from './digest.ts'
import { OciError } from './errors.ts'
import { maxJsonDepth, outlineJson } from './json.ts'
import {
  bareType,
  isForeignLayerType,
  isImageType,
  isIndexType,
  isManifestType,
  ociImage,
  ociIndex,
} from './media-types.ts'

/** A reference to content (OCI image-spec descriptor.md); only what a registry looks at. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes, as the manifest claims. */
  readonly size: number
  /** The content may be missing here: a foreign layer, or one that names its own addresses. */
  readonly elsewhere: boolean
}

/** What a registry reads out of a manifest. The bytes themselves are kept as they came. */
export interface ManifestView {
  readonly kind: 'image' | 'index'
  /** The type to store and to answer with. */
  readonly mediaType: string
  /** What a referrers list shows: `artifactType`, or an image's config type. */
  readonly artifactType?: string
  readonly subject?: Digest
  /** Config first, then layers, as listed; empty for an index. */
  readonly blobs: readonly Descriptor[]
  /** An index's entries, as listed; empty for an image. */
  readonly children: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

type Fields = Readonly<Record<string, unknown>>

const knownKeys = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
]
const knownByFold = new Map(knownKeys.map((key) => [key.toLowerCase(), key]))

function invalid(reason: string): OciError {
  return new OciError('MANIFEST_INVALID', { message: `manifest invalid: ${reason}` })
}

/**
 * Go clients match keys whatever their case and take the last of two: a document in which that makes
 * a difference would mean one thing here and another there.
 */
function refuseAmbiguousKeys(keys: readonly string[]): void {
  const seen = new Set<string>()
  for (const key of keys) {
    const known = knownByFold.get(key.toUpperCase().toLowerCase())
    if (known === undefined) continue
    if (key !== known) throw invalid(`the key ${JSON.stringify(key)} must be written "${known}"`)
    if (seen.has(known)) throw invalid(`the key "${known}" stands twice`)
    seen.add(known)
  }
}

function parseFields(bytes: Uint8Array): Fields {
  let value: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const { depth, keys } = outlineJson(text)
    if (depth > maxJsonDepth) throw invalid(`nested deeper than ${maxJsonDepth} levels`)
    refuseAmbiguousKeys(keys)
    value = JSON.parse(text)
  } catch (error) {
    throw error instanceof OciError ? error : invalid('not a JSON document in UTF-8')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('not a JSON object')
  }
  return value as Fields
}

function readText(fields: Fields, key: string): string | undefined {
  const value = fields[key]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw invalid(`"${key}" must be a string`)
  return value
}

function readAnnotations(fields: Fields): Readonly<Record<string, string>> | undefined {
  const value = fields['annotations']
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalid('"annotations" must be an object')
  }
  const entries = Object.entries(value)
  if (entries.some(([, text]) => typeof text !== 'string')) {
    throw invalid('each annotation must be a string')
  }
  return entries.length === 0 ? undefined : (value as Record<string, string>)
}

function readDescriptor(value: unknown, where: string): Descriptor {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${where} must be a descriptor`)
  }
  const { mediaType, digest, size, urls } = value as Fields
  if (typeof mediaType !== 'string') throw invalid(`${where} needs a "mediaType"`)
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${where} needs a "digest"`)
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${where} needs a "size", a whole number of bytes`)
  }
  const elsewhere = isForeignLayerType(mediaType) || (Array.isArray(urls) && urls.length > 0)
  return { mediaType, digest, size, elsewhere }
}

function readDescriptors(fields: Fields, key: string): readonly Descriptor[] {
  const value = fields[key]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid(`"${key}" must be an array`)
  return value.map((entry, index) => readDescriptor(entry, `"${key}[${index}]"`))
}

function has(fields: Fields, key: string): boolean {
  return fields[key] !== undefined && fields[key] !== null
}

/** The header's type unless it says nothing; then the document's own; then a guess from its fields. */
function resolveType(fields: Fields, contentType: string | undefined): string {
  const header = bareType(contentType)
  const own = readText(fields, 'mediaType')
  const generic = ['', 'application/json', 'application/octet-stream']
  const silent = generic.includes(header) || header === 'application/x-www-form-urlencoded'
  const type = silent ? (own ?? (has(fields, 'manifests') ? ociIndex : ociImage)) : header
  if (!isManifestType(type)) {
    throw invalid(
      `the type "${type.slice(0, 128)}" is not supported; use an OCI image manifest or index, or Docker schema 2`,
    )
  }
  if (own !== undefined && own !== type) {
    throw invalid(`its "mediaType" is ${own.slice(0, 128)}, but it was sent as ${type}`)
  }
  return type
}

/** Same bytes must not read as an image here and as an index there (CVE-2021-41190). */
function refuseMixed(fields: Fields, type: string): void {
  const image = has(fields, 'config') || has(fields, 'layers')
  const index = has(fields, 'manifests')
  if (image && index) throw invalid('it has both "manifests" and "config" or "layers"')
  if (isImageType(type) && index) throw invalid(`"manifests" does not belong in ${type}`)
  if (isIndexType(type) && image) throw invalid(`"config" and "layers" do not belong in ${type}`)
}

/** Each reference costs a look-up and a row: too many are refused before they are looked at. */
function refuseTooMany(fields: Fields, limit: number): void {
  const listed = [fields['layers'], fields['manifests']].flatMap((list) =>
    Array.isArray(list) ? [list.length] : [],
  )
  const single = ['config', 'subject'].filter((key) => has(fields, key)).length
  const references = listed.reduce((sum, length) => sum + length, single)
  if (references <= limit) return
  throw new OciError('MANIFEST_INVALID', {
    message: `manifest invalid: it names ${references} blobs and manifests, and ${limit} are allowed here`,
    detail: { references, limit },
  })
}

/**
 * Reads a manifest of at most the configured size.
 *
 * @param contentType the request's `Content-Type`, parameters and all.
 * @param maxReferences how many blobs and manifests it may name: config, layers, entries, subject.
 * @throws OciError MANIFEST_INVALID with the reason.
 * @see OCI image-spec manifest.md and image-index.md, Docker image manifest v2 schema 2
 */
export function readManifest(
  bytes: Uint8Array,
  contentType?: string,
  maxReferences = Number.POSITIVE_INFINITY,
): ManifestView {
  const fields = parseFields(bytes)
  if (fields['schemaVersion'] !== 2) throw invalid('"schemaVersion" must be 2')
  const mediaType = resolveType(fields, contentType)
  refuseMixed(fields, mediaType)
  refuseTooMany(fields, maxReferences)
  const kind = isIndexType(mediaType) ? 'index' : 'image'
  const config = kind === 'image' ? [readDescriptor(fields['config'], '"config"')] : []
  const subject = has(fields, 'subject')
    ? readDescriptor(fields['subject'], '"subject"')
    : undefined
  const artifactType = readText(fields, 'artifactType') ?? config[0]?.mediaType
  const annotations = readAnnotations(fields)
  return {
    kind,
    mediaType,
    blobs: [...config, ...readDescriptors(fields, 'layers')],
    children: readDescriptors(fields, 'manifests'),
    ...(artifactType ? { artifactType } : {}),
    ...(subject ? { subject: subject.digest } : {}),
    ...(annotations ? { annotations } : {}),
  }
}
