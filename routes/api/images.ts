import { Type } from 'typebox'
import { digest, named, repository, tag } from './fields.ts'
import { route } from './route.ts'

export const imageRoutes = [
  route({
    method: 'GET',
    path: '/images/resolve',
    id: 'resolveImage',
    access: 'filtered',
    summary: 'The manifest that a reference means',
    query: Type.Object({
      ref: Type.String({
        maxLength: 600,
        description: '`team/app:1`, `team/app@sha256:…` or both; the digest decides',
      }),
      platform: Type.Optional(
        Type.String({
          maxLength: 100,
          description:
            '`linux/arm64` or `linux/arm/v7`; without it an index gives linux/amd64, or its first',
        }),
      ),
    }),
    answer: named('ResolvedImage', {
      repo: repository,
      tag: Type.Optional(tag),
      indexDigest: Type.Optional(digest),
      digest,
      platform: Type.Optional(Type.String({ description: 'as the index lists it' })),
    }),
    errors: ['NAME_INVALID', 'TAG_INVALID', 'DIGEST_INVALID', 'MANIFEST_UNKNOWN'],
    async handle({ query: { ref, platform } }, { listing }) {
      const { repository: repo, ...resolved } = await listing.resolve(ref, platform)
      return { repo, ...resolved }
    },
  }),
]
