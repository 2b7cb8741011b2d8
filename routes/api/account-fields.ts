import { Type } from 'typebox'
import { bytes, count, named, repository, tag, time } from './fields.ts'

/** What something costs. Words and rules: docs/reference/storage-accounts.md. */
export const whole = {
  stored: bytes,
  logical: Type.Integer({ minimum: 0, description: 'of each tag by itself, summed' }),
  unique: Type.Integer({ minimum: 0, description: 'that nothing else holds' }),
  shared: Type.Integer({ minimum: 0, description: 'that something else holds, too' }),
}

export const repositoryAccount = {
  name: repository,
  tagCount: count,
  manifestCount: count,
  size: Type.Integer({ minimum: 0, description: 'bytes of all it holds, each once' }),
  uniqueSize: bytes,
  sharedSize: bytes,
  pushedAt: Type.Optional(time),
  pulledAt: Type.Optional(time),
  pulls: count,
}

const held = {
  live: Type.Integer({ minimum: 0, description: 'blobs that manifests hold' }),
  undo: Type.Integer({ minimum: 0, description: 'blobs that can be brought back' }),
  waiting: Type.Integer({ minimum: 0, description: 'blobs that wait for collection' }),
  trash: Type.Integer({ minimum: 0, description: 'files on their way out' }),
}

const counts = {
  repositories: count,
  tags: count,
  manifests: count,
  blobs: count,
  manifestBytes: bytes,
}

export const storageDay = {
  ...counts,
  ...held,
  logical: bytes,
  uploads: bytes,
  absent: bytes,
  disk: bytes,
}

export const summary = named('StorageSummary', {
  ...counts,
  ...held,
  stored: Type.Integer({ minimum: 0, description: 'all that manifests hold, and themselves' }),
  undoManifestBytes: bytes,
  last: Type.Optional(Type.Object({ day: Type.String(), at: time, ...storageDay })),
})

export const line = named('StorageLine', {
  ...held,
  uploads: bytes,
  absent: Type.Integer({ minimum: 0, description: 'what damaged blobs lack on the disk' }),
  disk: Type.Integer({ minimum: 0, description: 'bytes of the files there are' }),
  difference: Type.Integer({
    description: 'disk − (live + undo + waiting + trash + uploads − absent)',
  }),
  unknown: Type.Array(Type.Object({ what: Type.String(), name: Type.String(), size: bytes }), {
    description: 'files that nothing accounts for',
  }),
  undoManifestBytes: bytes,
})

const columns = Object.keys(storageDay)

export const series = named('StorageSeries', {
  days: Type.Array(Type.String()),
  ...Object.fromEntries(columns.map((name) => [name, Type.Array(count)])),
} as { days: ReturnType<typeof Type.Array> } & Record<string, ReturnType<typeof Type.Array>>)

export const tagNames = Type.Array(Type.Object({ repo: repository, tag }), {
  minItems: 1,
  maxItems: 1000,
})
