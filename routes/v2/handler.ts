import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TargetKind, TargetOf } from './target.ts'

/** The methods the distribution API knows. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof methods)[number]

/** Answers one method of one kind of target. What it throws is answered by the error plugin. */
export type Handler<K extends TargetKind> = (
  target: TargetOf<K>,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>

/** All there is for one kind of target; a method that is absent is answered 405. */
export type Handlers<K extends TargetKind> = Readonly<Partial<Record<Method, Handler<K>>>>

export type HandlerTable = { readonly [K in TargetKind]: Handlers<K> }
