import type { FastifyRequest } from 'fastify'
import { OciError } from '../../src/oci/errors.ts'
import type { Permit } from '../../src/services/archives/create.ts'
import { askerOf } from './asker.ts'

/**
 * What whoever asks may do with repositories of an archive, which are known only when it is read.
 * What they may not pull looks as if it were not there.
 */
export function permitOf(request: FastifyRequest): Permit {
  const { identity, rights } = askerOf(request)
  const isAllowed = (action: 'pull' | 'push', name: string) =>
    rights.decide(identity, action, name).allowed
  return async (repository, action) => {
    if (isAllowed(action, repository)) return
    if (!isAllowed('pull', repository)) {
      throw new OciError('NAME_UNKNOWN', { detail: { name: repository } })
    }
    throw new OciError('DENIED', {
      message: `the right "${action}" on ${repository} is missing`,
      detail: { action, repository },
    })
  }
}

/** Whether whoever asks may point tags of a repository elsewhere. */
export function mayOverwriteOf(request: FastifyRequest): (repository: string) => boolean {
  const { identity, rights } = askerOf(request)
  return (repository) => rights.decide(identity, 'overwrite', repository).allowed
}
