import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'

const root = new URL('../../../../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, root), 'utf8')

t.test('the compose file gives the container what it needs and no more', async (t) => {
  const { services } = parse(read('docker-compose.yml')) as {
    services: { registry: Record<string, unknown> }
  }
  const { registry } = services
  t.equal(registry['read_only'], true)
  t.same(registry['cap_drop'], ['ALL'])
  t.same(registry['cap_add'], ['CHOWN', 'SETGID', 'SETUID'])
  t.same(registry['security_opt'], ['no-new-privileges:true'])
  t.equal(registry['privileged'], undefined)
  t.equal(registry['network_mode'], undefined)
})

t.test('the server in the image never runs as root, and gains no rights', async (t) => {
  const file = read('Dockerfile')
  t.match(file, /setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs/)
  t.match(file, /^HEALTHCHECK /m)
  t.notMatch(file, /^ADD /m)
})
