/**
 * What an archive may ask of the registry. All of it is held while the archive is read, so that a bad
 * one is refused before it has cost more than this.
 */
export const limits = {
  /** Entries, directories and links among them; each costs some hundred bytes of memory. */
  entries: 50_000,
  /** Bytes of headers before one entry: long names and PAX records among them. */
  headers: 64 * 1024,
  /** PAX records that hold for one entry. */
  records: 100,
  /** Bytes of nothing after the last entry: tar pads to whole records. */
  padding: 16 * 1024 * 1024,
  /** Characters of a path, and of what a link points at. */
  path: 1024,
  /** Links followed one after the other. */
  links: 8,
  /** Bytes of `manifest.json` of an archive that Docker made. */
  list: 1024 * 1024,
  /** Bytes of `index.json`, of a manifest, and of any other document that is looked into. */
  document: 4 * 1024 * 1024,
  /** Bytes of all documents that are kept in memory until the archive is read. */
  documents: 32 * 1024 * 1024,
  /** Indexes inside of indexes. */
  depth: 4,
  /** Images an archive may hold. */
  images: 1000,
  /** Decompressed bytes for each compressed one, as far as they are more than {@link limits.free}. */
  ratio: 200,
  /** Decompressed bytes that every archive may have. */
  free: 64 * 1024 * 1024,
  /** Bytes of history that a zstd archive may refer back to, as RFC 8878 has every decoder support. */
  window: 8 * 1024 * 1024,
  /** Bytes of a zstd block on average, but for the first `blocks`: each costs a pass over the window. */
  block: 16 * 1024,
  blocks: 1024,
} as const
