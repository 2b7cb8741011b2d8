import t from 'tap'
import { layerhouse } from '../helpers/e2e/cli.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'

t.setTimeout(60_000)

const env = { LAYERHOUSE_AUTH_MODE: 'users' }

t.test(
  'accounts are made while the registry runs, after a kill, and while it is stopped',
  async (t) => {
    const registry = await startRegistry(t, { env })
    const [host = '', port = ''] = registry.host.split(':')
    const place = ['--root', registry.root, '--host', host, '--port', port]

    const running = await layerhouse('user', 'add', 'alice', '--admin', ...place)
    t.equal(running.code, 0, running.stderr)
    const password = running.stdout.trim()
    t.match(password, /^\w{20}$/)
    await registry.kill()
    const offline = await layerhouse('user', 'add', 'bob', ...place)
    t.equal(offline.code, 0, offline.stderr)
    await registry.start()
    t.match((await layerhouse('user', 'list', ...place)).stdout, /alice .*\nbob /)
    const authorization = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`
    const me = await fetch(`${registry.url}/api/v1/me`, { headers: { authorization } })
    t.match(await me.json(), { name: 'alice', admin: true })
    t.notMatch(registry.log(), /lho_/)
    t.notOk(registry.log().includes(password))
  },
)
