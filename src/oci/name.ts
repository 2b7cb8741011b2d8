import { OciError } from './errors.ts'

/** A repository name such as `team/app`, checked by {@link parseRepositoryName}. */
export type RepositoryName = string & { readonly __brand: 'RepositoryName' }

/** Longest name; clients cap `host/name` at 255 characters, so does distribution. */
const maxNameLength = 255

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const pattern = new RegExp(`^${component}(?:/${component})*$`)

export function isRepositoryName(text: string): text is RepositoryName {
  return text.length <= maxNameLength && pattern.test(text)
}

/** @throws OciError NAME_INVALID (distribution-spec, "Pulling manifests": grammar of `<name>`). */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text
  throw new OciError('NAME_INVALID', {
    message:
      text.length > maxNameLength
        ? `repository name is longer than ${maxNameLength} characters`
        : 'invalid repository name; use lower-case letters, digits and single . _ - or __ between them, with / between components',
    detail: { name: text.slice(0, maxNameLength) },
  })
}
