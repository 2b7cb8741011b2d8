import { Type } from 'typebox'
import { pageAnswer, readCursor } from './cursor.ts'
import { bytes, digest, listOf, named, paging, repository, tag, time, timeOf } from './fields.ts'
import { route } from './route.ts'

const parameters = Type.Object({ digest })

const user = named('LayerUser', {
  repo: repository,
  digest,
  tags: Type.Array(tag, {
    maxItems: 20,
    description: 'of the manifest and of the indexes that list it, 20 of them',
  }),
})

const position = Type.Tuple([Type.Integer()])
const list = 'layer users'

export const layerRoutes = [
  route({
    method: 'GET',
    path: '/layers/{digest}',
    id: 'getLayer',
    access: 'filtered',
    summary: 'One blob: a layer, a config, or the content of an artifact',
    parameters,
    answer: named('Layer', {
      digest,
      size: bytes,
      createdAt: time,
      repositories: Type.Integer({ minimum: 0, description: 'repositories that have it' }),
      manifests: Type.Integer({ minimum: 0, description: 'manifests that name it' }),
    }),
    errors: ['BLOB_UNKNOWN'],
    async handle({ path }, { listing }) {
      const { createdAt, ...facts } = await listing.layer(path.digest)
      return { digest: path.digest, ...facts, createdAt: timeOf(createdAt) }
    },
  }),
  route({
    method: 'GET',
    path: '/layers/{digest}/users',
    id: 'listLayerUsers',
    access: 'filtered',
    summary: 'Manifests that name a blob, in the order they were pushed',
    parameters,
    query: Type.Object({ ...paging }),
    answer: listOf(user),
    errors: ['BLOB_UNKNOWN'],
    async handle({ path, query: { cursor, limit } }, { listing }) {
      const [after] = readCursor(cursor, list, position) ?? []
      const { items, next } = await listing.layerUsers(path.digest, { after, limit })
      const end = next === undefined ? undefined : ([next] as const)
      return pageAnswer(list, { items, next: end }, ({ repository: repo, ...rest }) => ({
        repo,
        ...rest,
      }))
    },
  }),
]
