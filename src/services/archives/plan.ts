import type { Digest } from '../../oci/digest.ts'
import type { ManifestView } from '../../oci/manifest.ts'
import type { ArchiveName } from './names.ts'
import type { ShelvedBlob } from './shelf.ts'

/** A manifest that is to be stored. */
export interface PlannedManifest {
  readonly digest: Digest
  readonly bytes: Buffer
  readonly view: ManifestView
}

/** An image of an archive: what it is called there, and the manifest it begins with. */
export interface PlannedImage {
  readonly names: readonly ArchiveName[]
  readonly digest: Digest
  /** It tells of another image (a signature, an SBOM), and needs no name. */
  readonly attached: boolean
}

/** What an archive holds, whatever its layout. */
export interface Plan {
  readonly images: readonly PlannedImage[]
  readonly manifests: ReadonlyMap<Digest, PlannedManifest>
  /** Blobs that are in memory. */
  readonly documents: ReadonlyMap<Digest, Buffer>
  readonly blobs: ReadonlyMap<Digest, ShelvedBlob>
}
