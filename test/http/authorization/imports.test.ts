import t from 'tap'
import { startGuarded } from '../../helpers/access.ts'
import { ociEntries, tarOf } from '../../helpers/archives.ts'
import { contentOf, imageOf, pushBlob, randomContent } from '../../helpers/push.ts'

t.test('an archive takes nothing it lacks out of what may not be pulled', async (t) => {
  const { person, as } = await startGuarded(t)
  const admin = as((await person('root', { admin: true })).basic)
  const alice = as((await person('alice', { grants: { 'team/*': ['pull', 'push'] } })).basic)
  const secret = await pushBlob(admin, 'secret/app', randomContent())
  const own = await pushBlob(admin, 'team/base', randomContent())
  const config = contentOf('{"rootfs":{"type":"layers","diff_ids":[]}}')

  /** Of an image that names the layer, with its bytes or without. */
  const archiveOf = async (layer: typeof secret, isWhole = false, tag = '1') => {
    const manifest = imageOf(config, [layer])
    const contents = isWhole ? [layer, config, manifest] : [config, manifest]
    return tarOf(ociEntries(contents, [{ content: manifest, name: `team/app:${tag}` }]))
  }
  const send = (client: typeof alice, body: Buffer) =>
    client('POST', '/api/v1/imports', { body, headers: { 'content-type': 'application/x-tar' } })
  const read = (digest: string) => alice('HEAD', `/v2/team/app/blobs/${digest}`)

  const refused = await send(alice, await archiveOf(secret))
  const absent = await send(alice, await archiveOf(randomContent()))
  t.strictSame([refused.status, absent.status], [422, 422], 'as if nobody had it')
  t.match(refused.json(), { code: 'ARCHIVE_INVALID', params: { missing: [secret.digest] } })
  t.equal((await read(secret.digest)).status, 404)
  t.ok((await send(alice, await archiveOf(own))).status < 300, 'hers may be missing')
  t.equal((await read(own.digest)).status, 200)
  const moved = await send(alice, await archiveOf(secret, true))
  t.equal(moved.status, 403, 'the tag is there, and hers to make and not to move')
  const brought = await send(alice, await archiveOf(secret, true, '2'))
  t.ok(brought.status < 300, 'who has it may bring it')
  t.equal((await read(secret.digest)).status, 200)
  t.ok((await send(admin, await archiveOf(secret))).status < 300)
})
