import { fillStore } from '../stores/fill.ts'
import type { Work } from '../work.ts'

export const start: Work = {
  name: 'start',
  title: 'start with many manifests, until ready',
  unit: 'ms',
  better: 'less',
  needs: [],
  registriesOnly: true,
  fill: (contender, root, { listed }) => fillStore(contender, 'fillManifests', root, listed),
  prepare: async (target) => async () => {
    const { startedIn } = await target.restart()
    return { value: startedIn, amount: 1 }
  },
}
