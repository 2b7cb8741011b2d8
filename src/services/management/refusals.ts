import { OciError } from '../../oci/errors.ts'
import { Problem } from '../problem.ts'

/** Refusals that several services of accounts and rights have in common. */

export function wrongField(field: string, message: string): Problem {
  return new Problem('INVALID_BODY', { message, params: { field } })
}

export function unknownUser(name: string): Problem {
  return new Problem('NOT_FOUND', { message: `there is no user ${name}`, params: { name } })
}

export function lastAdmin(name: string): Problem {
  return new Problem('CONFLICT', {
    message: `${name} is the last administrator who can sign in; make another one first`,
    params: { name },
  })
}

export function denied(message: string, detail: object = {}): OciError {
  return new OciError('DENIED', { message, detail })
}

export function throttled(retryAfterSeconds: number): OciError {
  return new OciError('TOOMANYREQUESTS', {
    message: `too many failed attempts; try again in ${retryAfterSeconds} s`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  })
}
