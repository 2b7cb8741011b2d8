import t from 'tap'
import type { MakeStores } from '../../helpers/stores.ts'
import { listingCases } from './listing.ts'
import { objectCases } from './objects.ts'
import { quarantineCases } from './quarantine.ts'
import { readerCases } from './readers.ts'

/** What every driver of `BlobStore` must do, sentence by sentence of its contract. */
export function blobStoreSuite(name: string, makeStores: MakeStores): void {
  t.test(`BlobStore on ${name}`, async (t) => {
    objectCases(t, makeStores)
    readerCases(t, makeStores)
    listingCases(t, makeStores)
    quarantineCases(t, makeStores)
  })
}
