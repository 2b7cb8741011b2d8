import { Type } from 'typebox'
import { bodyOf, bytes, count, digest, named, oneOf, repository, tag, time } from './fields.ts'

export const deletionFields = {
  repo: repository,
  tags: Type.Optional(Type.Array(tag, { maxItems: 1000 })),
  digests: Type.Optional(Type.Array(digest, { maxItems: 1000 })),
  matching: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'tags that fit this pattern: `*` stands for any characters, `?` for one',
    }),
  ),
}

export const selection = bodyOf('DeletionSelection', {
  ...deletionFields,
  all: Type.Optional(Type.Boolean({ description: 'the whole repository' })),
})

/** With a whole repository goes all of it: nothing is kept for want of being named. */
export const repositoryPlan = named('RepositoryDeletionPlan', {
  tags: Type.Array(Type.Object({ tag, digest }), { description: 'the first 1,000' }),
  manifests: Type.Array(
    Type.Object({
      digest,
      mediaType: Type.String(),
      because: Type.Literal('asked for'),
      tags: Type.Array(tag),
    }),
    { description: 'up to 1,000, the newest first' },
  ),
  totals: Type.Object({ tags: count, manifests: count }),
  freedBytes: bytes,
  keptBytes: Type.Integer({ minimum: 0, description: 'of blobs that other repositories hold' }),
  freedFrom: Type.Object({ undoable: time, purged: time }),
})

const holder = Type.Union([
  Type.Object({ kind: Type.Literal('tag'), tag }),
  Type.Object({ kind: oneOf(['index', 'subject']), digest }),
])

export const deletionPlan = named('DeletionPlan', {
  tags: Type.Array(Type.Object({ tag, digest }), { description: 'tags that go, of those meant' }),
  manifests: Type.Array(
    Type.Object({
      digest,
      mediaType: Type.String(),
      size: bytes,
      because: oneOf(['asked for', 'untagged', 'only part of it', 'refers to it']),
      tags: Type.Array(tag, { description: 'tags that go with it' }),
    }),
    { description: 'what goes' },
  ),
  kept: Type.Array(Type.Object({ digest, heldBy: Type.Array(holder) }), {
    description: 'meant, or part of what goes, and still needed',
  }),
  unknown: Type.Object({ tags: Type.Array(tag), digests: Type.Array(digest) }),
  freedBytes: bytes,
  freedBlobs: count,
  keptBytes: Type.Integer({ minimum: 0, description: 'of blobs that something else holds' }),
  keptBlobs: count,
  keptBy: Type.Array(Type.Object({ repo: repository, digest, tags: Type.Array(tag) }), {
    description: 'some of those that hold them',
  }),
  freedFrom: Type.Object(
    { undoable: time, purged: time },
    { description: 'when the space comes back at the earliest: if it can be undone, and if not' },
  ),
  version: Type.String({ description: 'changes when anything of this does' }),
})
