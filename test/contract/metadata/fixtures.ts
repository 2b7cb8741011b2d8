import { randomUUID } from 'node:crypto'
import { type Digest, digestOf } from '../../../src/oci/digest.ts'
import { ociImage } from '../../../src/oci/media-types.ts'
import { parseRepositoryName, type RepositoryName } from '../../../src/oci/name.ts'
import { parseTag } from '../../../src/oci/reference.ts'
import type { StorageKey, UploadId } from '../../../storage/blobs/store.ts'
import type {
  BlobRecord,
  MetadataStore,
  NewManifest,
  UploadRecord,
  WantedReference,
} from '../../../storage/metadata/store.ts'

export const name = parseRepositoryName
export const tag = parseTag

export const app = name('team/app')
export const other = name('team/other')

/** The sha256 of a text: a name for content that no test needs. */
export function digest(text: string): Digest {
  return digestOf(Buffer.from(text))
}

export function newId(): UploadId {
  return randomUUID() as UploadId
}

export function key(text: string): StorageKey {
  return text as StorageKey
}

/** The blob whose content is `text`, as an upload of it would be sealed: a new key each time. */
export function blob(text: string): BlobRecord {
  return { digest: digest(text), size: text.length, key: key(`${digest(text)}-${randomUUID()}`) }
}

export function begin(store: MetadataStore, repository: RepositoryName): Promise<UploadRecord> {
  return store.uploads.create({ id: newId(), repository, algorithm: 'sha256' })
}

/** Uploads blobs, one after the other. */
export async function push(
  store: MetadataStore,
  repository: RepositoryName,
  ...texts: readonly string[]
): Promise<void> {
  for (const text of texts) await store.blobs.commit(await begin(store, repository), blob(text))
}

export function required(...texts: readonly string[]): readonly WantedReference[] {
  return texts.map((text) => ({ digest: digest(text), required: true }))
}

export function optional(...texts: readonly string[]): readonly WantedReference[] {
  return texts.map((text) => ({ digest: digest(text), required: false }))
}

/** A manifest whose bytes are `text`; the store does not read them. */
export function manifest(text: string, rest: Partial<NewManifest> = {}): NewManifest {
  const body = Buffer.from(text)
  return {
    digest: digestOf(body),
    mediaType: ociImage,
    size: body.length,
    body,
    blobs: [],
    children: [],
    ...rest,
  }
}

/** Stores manifests that name nothing, each under the tags given with it. */
export async function putAll(
  store: MetadataStore,
  repository: RepositoryName,
  entries: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const [text, tags] of Object.entries(entries)) {
    await store.manifests.put(repository, manifest(text), tags.map(tag))
  }
}

export function sorted<T extends string>(values: Iterable<T>): readonly T[] {
  return [...values].sort()
}
