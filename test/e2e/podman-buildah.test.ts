import t from 'tap'
import { sha256 } from '../helpers/e2e/digest.ts'
import { writeFiles, writeRootfs } from '../helpers/e2e/image.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { createStorage, runArguments, skopeo } from '../helpers/e2e/storage.ts'

t.setTimeout(180_000)

const registry = await startRegistry(t)
const directory = await temporaryDirectory(t)
const { buildah, podman } = await createStorage(t)
const image = `${registry.host}/built/greeter:1`
const plain = '--tls-verify=false'

await t.test('buildah pushes an image it made from scratch and pulls it again', async (t) => {
  await writeRootfs(`${directory}/rootfs`)
  await writeFiles(directory, { greeting: 'hello\n' })
  const container = await buildah('from', 'scratch')
  await buildah('copy', container, `${directory}/rootfs`, '/')
  await buildah('copy', container, `${directory}/greeting`, '/greeting')
  await buildah('config', '--cmd', '["cat","/greeting"]', container)
  const id = await buildah('commit', '--rm', container, image)
  await buildah('push', plain, image)
  await buildah('rmi', image)
  t.equal(await buildah('images', '--quiet'), '', 'it is gone')
  t.equal(await buildah('pull', plain, image), id)
})

await t.test('podman pulls it, runs it and pushes it under another name', async (t) => {
  const { podman } = await createStorage(t)
  const other = `${registry.host}/built/other:2`
  const id = await podman('pull', plain, image)
  t.equal(await podman(...runArguments, image), 'hello')
  await podman('tag', image, other)
  await podman('push', plain, other)
  await podman('rmi', image, other)
  t.equal(await podman('pull', plain, other), id)
  t.equal(await podman(...runArguments, other), 'hello')
})

await t.test('podman search finds it', async (t) => {
  const found = await podman('search', plain, '--format', '{{.Name}}', `${registry.host}/built`)
  t.same(found.split('\n').sort(), [
    `${registry.host}/built/greeter`,
    `${registry.host}/built/other`,
  ])
})

await t.test('a manifest list made by buildah is pushed with its images', async (t) => {
  const list = `${registry.host}/built/list:1`
  await buildah('manifest', 'create', 'list:1', image)
  await buildah('manifest', 'push', '--all', plain, 'list:1', `docker://${list}`)
  const raw = await skopeo('inspect', plain, '--raw', `docker://${list}`)
  const { manifests } = JSON.parse(raw) as { manifests: { digest: string }[] }
  const direct = await skopeo('inspect', plain, '--raw', `docker://${image}`)
  t.same(
    manifests.map(({ digest }) => digest),
    [sha256(direct)],
  )
})
