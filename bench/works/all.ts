import type { Work } from '../work.ts'
import { manifestWorks } from './manifests.ts'
import { smallBlobWorks } from './small-blobs.ts'

/** In the order in which they run and stand in the tables. */
export const works: readonly Work[] = [...smallBlobWorks, ...manifestWorks]
