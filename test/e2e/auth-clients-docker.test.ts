import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { addUser, administer, failing } from '../helpers/e2e/accounts.ts'
import { must } from '../helpers/e2e/command.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { importBase } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(180_000)

const registry = await startRegistry(t, {
  env: { LAYERHOUSE_AUTH_MODE: 'users', LAYERHOUSE_AUTH_ANONYMOUS_PULL: 'public/**' },
})
const { docker, env } = await startDocker(t)
const directory = await temporaryDirectory(t)
await importBase(docker, directory)
const password = 'correct horse battery'
await addUser(registry, 'pusher', password, {
  'team/**': 'pull,push',
  'public/**': 'pull,push',
})
await addUser(registry, 'reader', password, { 'team/**': 'pull' })
await docker('tag', 'base:1', `${registry.host}/team/app:1`)
await docker('tag', 'base:1', `${registry.host}/public/app:1`)

function login(name: string, input: string) {
  const args = ['login', '--username', name, '--password-stdin', registry.host]
  return { args, options: { env, input } }
}

await t.test('docker pushes nothing without signing in', async (t) => {
  const said = await failing('docker', ['push', `${registry.host}/team/app:1`], { env })
  t.match(said, /unauthorized|denied|no basic auth/)
})

await t.test('docker is told that a password is wrong', async (t) => {
  const { args, options } = login('pusher', 'wrong')
  t.match(await failing('docker', args, options), /the name or the password is wrong/)
})

await t.test('docker signs in, pushes and pulls', async (t) => {
  const { args, options } = login('pusher', password)
  await must('docker', args, options)
  await docker('push', `${registry.host}/team/app:1`)
  await docker('push', `${registry.host}/public/app:1`)
  await docker('rmi', `${registry.host}/team/app:1`)
  await docker('pull', `${registry.host}/team/app:1`)
  t.pass('all succeed')
})

await t.test('docker says which right is missing where somebody may only pull', async (t) => {
  await docker('logout', registry.host)
  const { args, options } = login('reader', password)
  await must('docker', args, options)
  await docker('pull', `${registry.host}/team/app:1`)
  await docker('tag', 'base:1', `${registry.host}/team/app:2`)
  const said = await failing('docker', ['push', `${registry.host}/team/app:2`], { env })
  t.match(said, /denied/)
  t.match(said, /reader may not push to team\/app/)
})

await t.test('docker is let in with a token in the place of a password', async (t) => {
  const made = await administer(registry, [
    ...['token', 'create', 'ci', '--actions', 'pull,push', '--repo', 'team/app'],
  ])
  const secret = /lht_[\w-]{43}/.exec(made)?.[0] ?? ''
  await docker('logout', registry.host)
  const { args, options } = login('ci', secret)
  await must('docker', args, options)
  await docker('push', `${registry.host}/team/app:2`)
  t.pass('it pushes')
})

await t.test('docker has nothing left after signing out', async (t) => {
  await docker('logout', registry.host)
  const kept = await readFile(join(env['DOCKER_CONFIG'] as string, 'config.json'), 'utf8')
  t.notMatch(kept, registry.host)
  await docker('rmi', `${registry.host}/team/app:1`, `${registry.host}/public/app:1`)
  await docker('pull', `${registry.host}/public/app:1`)
  const said = await failing('docker', ['pull', `${registry.host}/team/app:1`], { env })
  t.match(said, /unauthorized|denied|authentication required/)
})
