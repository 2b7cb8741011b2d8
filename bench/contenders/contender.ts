import type { ContenderName } from './names.ts'

export interface Place {
  readonly port: number
  /** Its data directory; there, and perhaps filled already. */
  readonly root: string
  /** Where it may keep its configuration. */
  readonly directory: string
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A program that serves images, or at least the bytes of one. */
export interface Contender {
  readonly name: ContenderName
  /** In tables. */
  readonly title: string
  /** `files`: a server of files below its root, which are put there without it. */
  readonly kind: 'registry' | 'files'
  /** Of the data directory; contenders with the same one may read the same directory. */
  readonly format: 'layerhouse' | 'distribution' | 'oci-layouts' | 'files'
  /** Program to look for on PATH; a path is taken as it is. */
  readonly program: string
  version(program: string): Promise<string>
  /** Writes its configuration and says how it is started. */
  launch(program: string, place: Place): Promise<Launch>
  /** Is 200 as soon as it serves. */
  readonly readyPath: string
}
