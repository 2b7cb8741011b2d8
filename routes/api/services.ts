import type { FastifyRequest } from 'fastify'
import type { About } from '../../src/services/about.ts'
import type { Accounts } from '../../src/services/accounts/create.ts'
import type { Deletions } from '../../src/services/deletions/deletions.ts'
import type { Collector, GarbageRecords } from '../../src/services/garbage/collector.ts'
import type { History } from '../../src/services/history.ts'
import type { Listing } from '../../src/services/listing/create.ts'
import type { PolicyDocuments } from '../../src/services/policies/documents.ts'
import type { Quotas } from '../../src/services/quotas/create.ts'
import type { Preview } from '../../src/services/retention/preview.ts'

/** All that routes of the management API may use; each takes what it needs. */
export interface ApiServices {
  /** What `WWW-Authenticate` says to who must sign in. */
  readonly challenge?: ((request: FastifyRequest) => string) | undefined
  readonly about: About
  readonly accounts: Accounts
  readonly collector: Pick<Collector, 'run' | 'preview'>
  readonly deletions: Deletions
  readonly garbage: GarbageRecords
  readonly history: History
  readonly policies: PolicyDocuments
  readonly quotas: Pick<Quotas, 'list'>
  readonly retention: Preview
  readonly listing: Listing
}
