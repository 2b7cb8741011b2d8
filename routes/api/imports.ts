import { Type } from 'typebox'
import type { RepositoryName } from '../../src/oci/name.ts'
import type { Tag } from '../../src/oci/reference.ts'
import { Problem } from '../../src/services/problem.ts'
import { actorOf } from '../http/actor.ts'
import { mayOverwriteOf, permitOf } from '../http/permit.ts'
import { visibleTo } from '../http/visible.ts'
import { bytes, digest, named, repository, tag } from './fields.ts'
import { type Route, route } from './route.ts'

const name = { repo: Type.Optional(repository), tag: Type.Optional(tag) }

const imported = named('ImportedImage', {
  reference: Type.String({ description: '`team/app:1.2`, or with a digest where there is no tag' }),
  repo: repository,
  tag: Type.Optional(tag),
  digest,
  newBytes: bytes,
  existingBytes: bytes,
})

interface Name {
  readonly repo?: RepositoryName
  readonly tag?: Tag
}

interface Asked {
  readonly query: Name
}

/** What is said in the query, in the form, or the same in both. */
function both(query: Name, fields: Name) {
  for (const key of ['repo', 'tag'] as const) {
    if (query[key] === undefined || fields[key] === undefined || query[key] === fields[key])
      continue
    throw new Problem('INVALID_PARAMETER', {
      message: `"${key}" is one thing in the query and another in the form`,
      params: { parameter: key },
    })
  }
  return { repository: fields.repo ?? query.repo, tag: fields.tag ?? query.tag }
}

function importRoute(method: 'POST' | 'PUT', id: string): Route {
  return route({
    method,
    path: '/imports',
    id,
    // What the archive itself names is judged when it is read.
    access: {
      action: 'push',
      repo: ({ query: { repo } }: Asked) => (repo === undefined ? [] : [repo]),
    },
    summary: 'Take in the images of an archive',
    description:
      'An archive of `docker save`, `podman save` or an OCI image layout, as tar, plain or compressed with gzip or zstd. What is not said here is taken from the names in it. Nothing is stored unless all of it is right.',
    query: Type.Object(name),
    upload: { mediaType: 'application/x-tar', fields: Type.Object(name) },
    answer: named('Import', { images: Type.Array(imported) }),
    errors: [
      ...(['ARCHIVE_INVALID', 'CONFLICT', 'DENIED', 'MANIFEST_INVALID'] as const),
      ...(['MANIFEST_BLOB_UNKNOWN', 'UNAVAILABLE'] as const),
    ],
    async handle({ query, receive, request }, { archives }) {
      const images = await receive(({ fields, bytes: archive }) =>
        archives.import({
          archive,
          wanted: both(query as Name, fields as Name),
          by: actorOf(request),
          permit: permitOf(request),
          mayOverwrite: mayOverwriteOf(request),
          visible: visibleTo(request),
        }),
      )
      return {
        images: images.map(({ repository: repo, ...image }) => ({
          reference: image.tag ? `${repo}:${image.tag}` : `${repo}@${image.digest}`,
          repo,
          ...image,
        })),
      }
    },
  })
}

/** `curl -F` sends POST, and `curl -T` PUT. */
export const importRoutes = [importRoute('POST', 'importArchive'), importRoute('PUT', 'putArchive')]
