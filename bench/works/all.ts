import type { Work } from '../work.ts'
import { dockerWorks } from './docker.ts'
import { latency } from './latency.ts'
import { listWorks } from './lists.ts'
import { manifestWorks } from './manifests.ts'
import { memory } from './memory.ts'
import { mount } from './mount.ts'
import { pullWorks } from './pulls.ts'
import { pushWorks } from './pushes.ts'
import { referrers } from './referrers.ts'
import { skopeoWorks } from './skopeo.ts'
import { smallBlobWorks } from './small-blobs.ts'
import { start } from './start.ts'

/** In the order in which they run and stand in the tables. */
export const works: readonly Work[] = [
  ...[...pushWorks, ...pullWorks],
  ...[...smallBlobWorks, ...manifestWorks],
  ...[mount, ...listWorks, referrers],
  ...[...dockerWorks, ...skopeoWorks],
  ...[memory, latency, start],
]
