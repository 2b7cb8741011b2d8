import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createLimits } from '../../../src/plugins/limits/install.ts'
import { createAllowances } from '../../../src/services/allowances/allowances.ts'

const none = { requestsPerSecond: 0, requestBurst: 200, bandwidth: 0 }

/** An application whose authentication believes a header, between the two halves of the limits. */
async function start(t: Test, limits: typeof none) {
  const app = Fastify({ trustProxy: true })
  t.teardown(() => app.close())
  const installed = createLimits(limits, createAllowances(limits))
  let checked = 0
  installed.beforeSignIn(app)
  app.addHook('onRequest', async (request) => {
    checked += 1
    const id = Number(request.headers['x-account'])
    Object.assign(request, { identity: { account: id > 0 ? { id } : undefined } })
  })
  installed.afterSignIn(app)
  app.get('/', async (request) => ({ slowed: request.sending !== undefined }))
  const ask = async (ip: string, account: number) => {
    const headers = { 'x-forwarded-for': ip, 'x-account': String(account) }
    return (await app.inject({ url: '/', headers })).statusCode
  }
  return { app, ask, checked: () => checked }
}

async function countPassed(asks: number, ask: () => Promise<number>): Promise<number> {
  let passed = 0
  for (let count = 0; count < asks; count++) if ((await ask()) === 200) passed += 1
  return passed
}

t.test('an account has its own allowance, and takes nothing from its address', async (t) => {
  const { ask } = await start(t, { ...none, requestsPerSecond: 1, requestBurst: 10 })
  for (const account of [1, 2, 3]) {
    t.equal(await countPassed(15, () => ask('192.0.2.1', account)), 10, `account ${account}`)
  }
  t.equal(await countPassed(15, () => ask('192.0.2.1', 0)), 10, 'nobody in particular')
  t.equal(await ask('192.0.2.2', 1), 429, 'from another address it is the same account')
  t.equal(await ask('192.0.2.2', 0), 200)
})

t.test('a refused address costs no check of who it is', async (t) => {
  const { ask, checked } = await start(t, { ...none, requestsPerSecond: 1, requestBurst: 10 })
  await countPassed(50, () => ask('2001:db8::1', 0))
  t.equal(checked(), 10)
  t.equal(await ask('2001:db8::2', 0), 429, 'nor does another address of the same network')
  t.equal(await ask('2001:db8:0:1::1', 0), 200)
})

t.test('where no limit is set nothing is installed', async (t) => {
  const { app, ask } = await start(t, none)
  t.equal(await countPassed(300, () => ask('192.0.2.1', 0)), 300)
  t.same((await app.inject('/')).json(), { slowed: false })
})
