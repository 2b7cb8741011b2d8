import { Type } from 'typebox'
import { count, named } from './fields.ts'
import { route } from './route.ts'

const meta = named('Meta', {
  name: Type.String(),
  version: Type.String(),
  features: Type.Record(Type.String(), Type.Boolean(), {
    description: 'switches of the configuration that change what clients may do',
  }),
  limits: Type.Record(Type.String(), count, { description: 'bytes, or numbers of things' }),
})

export const metaRoutes = [
  route({
    method: 'GET',
    path: '/meta',
    id: 'getMeta',
    access: 'open',
    summary: 'What this registry is and what it allows',
    answer: meta,
    handle: async (_call, { about }) => ({ name: 'Layerhouse', ...about }),
  }),
]
