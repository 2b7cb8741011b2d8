import Fastify from 'fastify'
import t from 'tap'
import { sendJson, sendWhole } from '../../routes/http/send-whole.ts'

const app = Fastify({ exposeHeadRoutes: false })
app.addHook('onRequest', (_request, reply, done) => {
  reply.header('x-common', 'yes')
  done()
})
const methods = ['GET', 'HEAD']
app.route({
  method: methods,
  url: '/bytes',
  handler: async (_request, reply) =>
    sendWhole(reply.code(203).header('content-length', 3), Buffer.from([0, 255, 128])),
})
app.route({
  method: methods,
  url: '/json',
  handler: async (_request, reply) => sendJson(reply, { name: 'käse' }),
})

t.test('bytes go out as they are, with what hooks have set', async (t) => {
  const answer = await app.inject('/bytes')
  t.equal(answer.statusCode, 203)
  t.same([...answer.rawPayload], [0, 255, 128])
  t.match(answer.headers, { 'content-length': '3', 'x-common': 'yes' })
})

t.test('JSON is sent with its length in bytes', async (t) => {
  const answer = await app.inject('/json')
  t.same(answer.json(), { name: 'käse' })
  t.match(answer.headers, {
    'content-length': String(answer.rawPayload.length),
    'content-type': 'application/json; charset=utf-8',
  })
})

t.test('HEAD has the same headers and no body', async (t) => {
  for (const url of ['/bytes', '/json']) {
    const [get, head] = [await app.inject(url), await app.inject({ method: 'HEAD', url })]
    t.equal(head.rawPayload.length, 0)
    t.equal(head.headers['content-length'], get.headers['content-length'])
  }
})
