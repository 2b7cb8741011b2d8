import type { Contender } from '../contenders/contender.ts'
import * as distribution from './distribution.ts'
import * as layerhouse from './layerhouse.ts'
import * as layouts from './oci-layouts.ts'

type Fill = (root: string, count: number) => Promise<void>

export interface Filling {
  readonly fillTags: Fill
  readonly fillRepositories: Fill
  readonly fillManifests: Fill
}

const fillings: Readonly<Partial<Record<Contender['format'], Filling>>> = {
  layerhouse: {
    fillTags: layerhouse.fillLists,
    fillRepositories: layerhouse.fillLists,
    fillManifests: layerhouse.fillManifests,
  },
  distribution,
  'oci-layouts': layouts,
}

/** Fills a registry's data directory without it: pushing so much would take hours. */
export async function fillStore(
  { format }: Contender,
  what: keyof Filling,
  root: string,
  count: number,
): Promise<void> {
  await fillings[format]?.[what](root, count)
}
