import { Type } from 'typebox'
import { type Route, route } from '../route.ts'
import { describeApi } from './document.ts'

/** @param routes all of them; asked for with the first request, so that this one is among them. */
export function openApiRoutes(routes: () => readonly Route[]): readonly Route[] {
  let document: unknown
  return [
    route({
      method: 'GET',
      path: '/openapi.json',
      id: 'getOpenApi',
      access: 'open',
      summary: 'This document',
      answer: Type.Record(Type.String(), Type.Unknown()),
      async handle() {
        document ??= describeApi(routes())
        return document as Record<string, unknown>
      },
    }),
  ]
}
