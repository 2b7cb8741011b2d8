import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { ExportDeps, ExportedArchive, ExportOrder } from './export.ts'
import type { ImportDeps, ImportOrder } from './import.ts'
import type { ImportedImage } from './publish.ts'

export type { Permit } from './access.ts'
export type { ExportedArchive, ImportedImage }

/** Images as files. What reads and writes them is loaded when it is first used. */
export interface Archives {
  /**
   * Takes in the images of an archive, as a push would.
   * @throws Problem ARCHIVE_INVALID for what is wrong with it; nothing of it is left then. OciError
   *   for a right that is missing or a tag that is kept, before anything is stored. What is found only
   *   later, as a quota that is exceeded, leaves the images before that one.
   */
  import(order: ImportOrder): Promise<readonly ImportedImage[]>
  /** @throws OciError for what is not there, before anything is given. */
  export(order: ExportOrder): Promise<ExportedArchive>
}

export interface ArchiveDeps extends Omit<ImportDeps, 'sizeOf' | 'holder'>, ExportDeps {
  readonly blobs: ImportDeps['blobs'] & ExportDeps['blobs']
  readonly manifests: ImportDeps['manifests'] & ExportDeps['manifests']
  readonly metadata: ImportDeps['metadata'] & {
    readonly blobs: Pick<MetadataStore['blobs'], 'anywhere' | 'holder'>
  }
}

export function createArchives(deps: ArchiveDeps): Archives {
  const sizeOf = async (digest: Digest) => (await deps.metadata.blobs.anywhere(digest))?.size
  return {
    async import(order) {
      const { importArchive } = await import('./import.ts')
      return importArchive({ ...deps, sizeOf, holder: deps.metadata.blobs.holder }, order)
    },
    async export(order) {
      const { exportArchive } = await import('./export.ts')
      return exportArchive(deps, order)
    },
  }
}
