export const rivalNames = ['docker-registry', 'distribution', 'zot', 'nginx', 'fastify'] as const

export type ContenderName = 'layerhouse' | (typeof rivalNames)[number]
