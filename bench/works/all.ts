import type { Work } from '../work.ts'
import { manifestWorks } from './manifests.ts'
import { mount } from './mount.ts'
import { pullWorks } from './pulls.ts'
import { pushWorks } from './pushes.ts'
import { smallBlobWorks } from './small-blobs.ts'

/** In the order in which they run and stand in the tables. */
export const works: readonly Work[] = [
  ...[...pushWorks, ...pullWorks],
  ...[...smallBlobWorks, ...manifestWorks],
  mount,
]
