import { digestOf } from '../../src/oci/digest.ts'
import { here, pathOf, readCell } from './cells.ts'
import type { State } from './model.ts'
import type { World } from './world.ts'

/** What a cell holds, as the registry shows it. */
export interface Sight {
  /** `undefined` if the answer says neither that it is there nor that it isn't. */
  readonly state: State | undefined
  readonly status: number
  /** Of a tag, manifest or blob that is there. */
  readonly body: Buffer
  readonly type: string
}

/** Any manifest as it is: no image instead of its index. */
const accept = { accept: '*/*' }

/**
 * Fetches a cell's content and compares it with its digest. A 200 that comes to a proper end with
 * other bytes counts as corrupt; one that breaks off promises nothing, and has no state.
 * @throws Broken, Silent
 */
export async function look(world: World, cell: string): Promise<Sight> {
  const read = readCell(cell)
  const answer = await world.http.send('GET', pathOf(read), { headers: accept })
  const { status, body, headers, whole } = answer
  const sight = { status, body, type: String(headers['content-type']) }
  if (status === 404) return { ...sight, state: null }
  if (status === 204 && read.noun === 'upload') return { ...sight, state: here }
  if (status !== 200 || !whole) return { ...sight, state: undefined }
  const wanted = read.noun === 'tag' ? String(headers['docker-content-digest']) : read.name
  const found = digestOf(body)
  if (found !== wanted) world.fail('corrupt', `${cell} was given with the content of ${found}`)
  return { ...sight, state: read.noun === 'tag' ? wanted : here }
}
