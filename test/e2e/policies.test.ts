import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../helpers/e2e/command.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { buildImage, importBase } from '../helpers/e2e/image.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'

t.setTimeout(240_000)

const directory = await temporaryDirectory(t)
const file = join(directory, 'policies.yaml')
await writeFile(
  file,
  `
immutability:
  - name: releases
    repositories: ["team/**"]
    tags: ["v*"]
    delete: false
quotas:
  - name: small
    repositories: ["small/**"]
    bytes: 1KiB
  - name: closed
    repositories: ["closed/**"]
    bytes: 0
`,
)
const registry = await startRegistry(t, { env: { LAYERHOUSE_POLICIES_FILE: file } })

/** What a client prints when it is refused, quotes as they were; an error if it is not refused. */
async function refusalOf(command: string, args: readonly string[], env = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { env, timeout: 120_000 })
  if (code === 0) throw new Error(`${command} was not refused:\n${stdout}`)
  return `${stdout}${stderr}`.replaceAll('\\"', '"')
}

const overwritten =
  /denied: the tag v1 of team\/\w+ can't be overwritten: the immutability rule "releases" keeps it at sha256:[0-9a-f]{64}; push under another tag, or have the rule changed/
const exceeded =
  /denied: the quota "small" of 1 KiB would be exceeded: 0 B used, this push adds [\d.]+ [KM]iB; delete something or ask for more/
const usedUp =
  /denied: the quota "closed" of 0 B is used up: 0 B used; delete something or ask for more/

await t.test('docker prints why it is refused', async (t) => {
  const { docker, env } = await startDocker(t)
  await importBase(docker, directory)
  const pushed = `${registry.host}/team/app:v1`
  await buildImage(docker, `${directory}/first`, pushed, { greeting: 'hello\n' })
  await docker('push', pushed)
  t.match(await docker('push', pushed), /^v1: digest: /m, 'the same image again is taken')

  await buildImage(docker, `${directory}/second`, pushed, { greeting: 'other\n' })
  t.match(await refusalOf('docker', ['push', pushed], env), overwritten)
  for (const [repository, words] of [
    ['small/app', exceeded],
    ['closed/app', usedUp],
  ] as const) {
    const target = `${registry.host}/${repository}:1`
    await docker('tag', pushed, target)
    t.match(await refusalOf('docker', ['push', target], env), words)
  }
  const other = `${registry.host}/team/app:2`
  await docker('tag', pushed, other)
  t.match(await docker('push', other), /^2: digest: /m, 'under another tag it is taken')
})

await t.test('skopeo prints why it is refused', async (t) => {
  const push = (layout: string, target: string) => {
    const place = `docker://${registry.host}/${target}`
    const options = ['--insecure-policy', 'copy', '--dest-tls-verify=false']
    return [...options, `oci:${layout}:amd64`, place]
  }
  const first = await writeLayout(join(directory, 'skopeo-1'), { greeting: 'hello\n' })
  const second = await writeLayout(join(directory, 'skopeo-2'), { greeting: 'other\n' })
  const done = await run('skopeo', push(first.path, 'team/tool:v1'))
  t.equal(done.code, 0, done.stderr)
  t.match(await refusalOf('skopeo', push(second.path, 'team/tool:v1')), overwritten)
  t.match(await refusalOf('skopeo', push(second.path, 'closed/tool:1')), usedUp)
  const remove = ['delete', '--tls-verify=false', `docker://${registry.host}/team/tool:v1`]
  t.match(
    await refusalOf('skopeo', remove),
    /the tag v1 of team\/tool can't be deleted: the immutability rule .*releases.* protects it/,
  )
})
