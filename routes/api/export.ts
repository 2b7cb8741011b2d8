import { Type } from 'typebox'
import { Problem } from '../../src/services/problem.ts'
import { permitOf } from '../http/permit.ts'
import { repository, tag } from './fields.ts'
import { route } from './route.ts'
import { streamed } from './streams.ts'

const reference = Type.String({ maxLength: 600 })

interface Named {
  readonly repo?: string
  readonly tag?: string
  readonly ref: readonly string[]
}

function referencesOf({ repo, tag: name, ref }: Named): readonly string[] {
  if (repo === undefined && name !== undefined) {
    throw new Problem('INVALID_PARAMETER', {
      message: 'the parameter "tag" needs "repo"',
      params: { parameter: 'tag' },
    })
  }
  const first = repo === undefined ? [] : [name === undefined ? repo : `${repo}:${name}`]
  const all = [...new Set([...first, ...ref])]
  if (all.length > 0) return all
  throw new Problem('INVALID_PARAMETER', {
    message: 'the parameter "ref" is missing: name an image, such as team/app:1.2',
    params: { parameter: 'ref' },
  })
}

/** `team-app-1.2.tar` */
function fileNameOf(references: readonly string[]): string {
  const [first = ''] = references
  const name = references.length === 1 ? first.replace(/[^A-Za-z0-9._-]+/g, '-') : 'images'
  return `${name.slice(0, 100)}.tar`
}

export const exportRoutes = [
  route({
    method: 'GET',
    path: '/images/export',
    id: 'exportImages',
    access: 'filtered',
    summary: 'Images as one archive',
    description:
      'For `docker load`, `podman load`, `skopeo copy docker-archive:` and `oci-archive:`, `ctr image import` and `POST /imports`. With `since`, which only the last one takes, blobs of those images are left out.',
    query: Type.Object({
      repo: Type.Optional(repository),
      tag: Type.Optional(tag),
      ref: Type.Array(reference, {
        maxItems: 100,
        description: '`team/app:1.2` or `team/app@sha256:…`',
      }),
      platform: Type.Optional(
        Type.String({
          maxLength: 100,
          description: '`linux/arm64`: of an index this image alone; without it all of them',
        }),
      ),
      since: Type.Array(reference, {
        maxItems: 100,
        description: 'images that the other side has',
      }),
      prefix: Type.Optional(
        Type.String({
          maxLength: 255,
          pattern: '^[A-Za-z0-9.-]+(:[0-9]+)?$',
          description: 'stands before the names: `registry.example.com:5000`',
        }),
      ),
    }),
    answer: streamed('application/x-tar'),
    errors: ['NAME_INVALID', 'TAG_INVALID', 'DIGEST_INVALID', 'MANIFEST_UNKNOWN', 'BLOB_UNKNOWN'],
    async handle({ query, request }, { archives }) {
      const { platform, since, prefix } = query
      const references = referencesOf(query as Named)
      const permit = permitOf(request)
      const archive = await archives.export({ references, platform, since, prefix, permit })
      return { ...archive, fileName: fileNameOf(references) }
    },
  }),
]
