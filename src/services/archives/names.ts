import { isRepositoryName, type RepositoryName } from '../../oci/name.ts'
import { isTag, type Tag } from '../../oci/reference.ts'
import { refuse, show } from './refusal.ts'

/** What an archive calls an image. Either part may be missing. */
export interface ArchiveName {
  readonly repository?: RepositoryName
  readonly tag?: Tag
}

const host = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d+)?$/

/** Whether the part before the first slash names a registry, as Docker decides it. */
function isHost(part: string): boolean {
  return part === 'localhost' || (/[.:]/.test(part) && host.test(part))
}

/** Without the registry; what Docker Hub calls `library/x` and people `x` is `x`. */
function withoutHost(name: string): string {
  const slash = name.indexOf('/')
  const first = slash === -1 ? '' : name.slice(0, slash)
  if (!isHost(first)) return name
  const rest = name.slice(slash + 1)
  return first.endsWith('docker.io') ? rest.replace(/^library\//, '') : rest
}

/**
 * Reads `team/app:1.2`, `registry.example.com:5000/team/app:1.2`, or, of an annotation, a tag alone.
 * @throws Problem for a name that no repository can have.
 */
export function readName(text: string): ArchiveName {
  if (isTag(text)) return { tag: text }
  const [named = ''] = withoutHost(text).split('@', 1)
  const colon = named.lastIndexOf(':')
  const name = colon === -1 ? named : named.slice(0, colon)
  const tag = colon === -1 ? 'latest' : named.slice(colon + 1)
  if (!isRepositoryName(name) || !isTag(tag)) {
    throw refuse(`${show(text)} is no name for an image here; say repo and tag`)
  }
  return { repository: name, tag }
}

/** The name that people and Docker write. */
export function formatName(repository: string, tag: string, prefix?: string): string {
  return `${prefix === undefined ? '' : `${prefix}/`}${repository}:${tag}`
}

/** The same as containerd has to have it: with a registry, and Docker Hub where none is named. */
export function fullName(repository: string, tag: string, prefix?: string): string {
  if (prefix !== undefined) return formatName(repository, tag, prefix)
  const first = repository.slice(0, Math.max(0, repository.indexOf('/')))
  if (isHost(first)) return formatName(repository, tag)
  return formatName(repository, tag, first === '' ? 'docker.io/library' : 'docker.io')
}
