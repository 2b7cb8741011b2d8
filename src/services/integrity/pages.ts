import type {
  AuditedBlob,
  AuditedManifest,
  IntegrityTable,
} from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'

/** Rows in one look at the store: some milliseconds of work. */
const blobPage = 100
const manifestPage = 50

async function* readBlobs(
  readPage: IntegrityTable['blobs'],
  after?: Digest,
): AsyncGenerator<AuditedBlob, void> {
  for (let last = after; ; ) {
    const page = await readPage(last, blobPage)
    yield* page
    if (page.length < blobPage) return
    last = page.at(-1)?.digest
  }
}

/** All blobs after a digest, in order; those stored meanwhile may be missed. */
export function allBlobs({ blobs }: Pick<IntegrityTable, 'blobs'>, after?: Digest) {
  return readBlobs(blobs, after)
}

/** All blobs that are marked as damaged. */
export function allDamagedBlobs({ damagedBlobs }: Pick<IntegrityTable, 'damagedBlobs'>) {
  return readBlobs(damagedBlobs)
}

/** All manifests; those stored meanwhile may be missed. */
export async function* allManifests({
  manifests,
}: Pick<IntegrityTable, 'manifests'>): AsyncGenerator<AuditedManifest, void> {
  for (let last = 0; ; ) {
    const page = await manifests(last, manifestPage)
    yield* page
    if (page.length < manifestPage) return
    last = page.at(-1)?.position as number
  }
}
