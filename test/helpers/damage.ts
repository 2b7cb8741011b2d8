import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The file of the one object that holds a sha256 blob below a data directory. */
export function objectOf(root: string, digest: string): string {
  const hex = digest.slice('sha256:'.length)
  const folder = join(root, 'blobs', 'sha256', hex.slice(0, 2))
  const names = readdirSync(folder).filter((name) => name.startsWith(hex))
  if (names.length !== 1) throw new Error(`${names.length} objects of ${digest}`)
  return join(folder, names[0] as string)
}

/** Turns one bit over, as a disk does. */
export function flipBit(path: string, bit: number): void {
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  writeFileSync(path, bytes)
}

/** Ways in which a disk loses content, by what a check calls the result. */
export const damages: Readonly<Record<string, (path: string) => void>> = {
  missing: (path) => rmSync(path),
  'wrong content': (path) => flipBit(path, 7),
  'wrong size': (path) => truncateSync(path, 10),
}

/** The names of what was put aside. */
export function quarantined(root: string): readonly string[] {
  try {
    return readdirSync(join(root, 'quarantine'))
  } catch {
    return []
  }
}
