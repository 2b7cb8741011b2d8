import { parseDigest } from '../../src/oci/digest.ts'
import { ociIndex } from '../../src/oci/media-types.ts'
import type { Referrer, Referrers } from '../../src/services/referrers.ts'
import { nextLink } from '../http/pagination.ts'
import { queryOf, single } from '../http/query.ts'
import { sendJson } from '../http/send-whole.ts'
import type { Handlers } from './handler.ts'

function descriptorOf({ mediaType, digest, size, artifactType, annotations }: Referrer) {
  return { mediaType, digest, size, artifactType, annotations }
}

/** `/v2/{name}/referrers/{digest}`: always a list, empty for anything unknown. */
export function referrersHandlers({
  referrers,
}: {
  readonly referrers: Referrers
}): Handlers<'referrers'> {
  return {
    async GET({ repository, digest }, request, reply) {
      const query = queryOf(request.raw.url as string)
      // Media types have a "+", which sloppy clients do not escape in a query.
      const artifactTypes = query.getAll('artifactType').map((type) => type.replaceAll(' ', '+'))
      const last = single(query, 'last', 'DIGEST_INVALID')
      const after = last === undefined ? undefined : parseDigest(last)
      const { items, next } = await referrers.list(repository, digest, { artifactTypes, after })
      if (artifactTypes.length > 0) reply.header('oci-filters-applied', 'artifactType')
      if (next !== undefined) {
        const filter = artifactTypes.map((type) => ['artifactType', type] as const)
        const path = `/v2/${repository}/referrers/${digest}`
        reply.header('link', nextLink(path, [...filter, ['last', next]]))
      }
      const index = { schemaVersion: 2, mediaType: ociIndex, manifests: items.map(descriptorOf) }
      return sendJson(reply, index, ociIndex)
    },
  }
}
