import t from 'tap'
import type { MakeStores } from '../../helpers/stores.ts'
import { appendCases } from './append.ts'
import { lifeCases } from './life.ts'
import { sealCases } from './seal.ts'

/** What every driver of `UploadStore` must do, sentence by sentence of its contract. */
export function uploadStoreSuite(name: string, makeStores: MakeStores): void {
  t.test(`UploadStore on ${name}`, async (t) => {
    lifeCases(t, makeStores)
    appendCases(t, makeStores)
    sealCases(t, makeStores)
  })
}
