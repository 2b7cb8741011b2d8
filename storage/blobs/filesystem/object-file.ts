import { unlessAbsent } from './absence.ts'
import { explainReadError } from './damage.ts'
import { type Descriptor, openToRead } from './descriptor.ts'
import type { Opened } from './reader.ts'

/** An object's file, open for reading. */
export interface ObjectFile extends Pick<Descriptor, 'read' | 'close'> {
  readonly opened: Opened
}

function look(file: Descriptor): ObjectFile {
  try {
    return { opened: file.opened(), read: file.read, close: file.close }
  } catch (error) {
    file.close()
    throw error
  }
}

/** @returns `undefined` if it is not there. @param name what error messages call it. */
export async function openObjectFile(path: string, name: string): Promise<ObjectFile | undefined> {
  try {
    const file = await unlessAbsent(openToRead(path))
    return file && look(file)
  } catch (error) {
    throw explainReadError(error, name)
  }
}
