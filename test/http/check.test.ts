import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { commands } from '../../src/commands/all.ts'
import { dispatch } from '../../src/commands/dispatch.ts'
import { damages, objectOf, quarantined } from '../helpers/damage.ts'
import { type Content, pushBlob, pushImage, randomContent } from '../helpers/push.ts'
import { startRegistry, type TestRegistry } from '../helpers/registry.ts'
import { createWorld } from '../unit/commands/world.ts'

async function check(root: string, ...flags: readonly string[]) {
  const world = createWorld()
  const code = await dispatch('layerhouse', commands, ['check', '--root', root, ...flags], world.io)
  return { code, out: world.stdout(), err: world.stderr() }
}

/** One blob for each kind of damage, damaged. */
async function damageEach({ request, root }: TestRegistry): Promise<Record<string, Content>> {
  const damaged: Record<string, Content> = {}
  for (const [kind, damage] of Object.entries(damages)) {
    const blob = await pushBlob(request, 'a', randomContent(1000))
    damage(objectOf(root, blob.digest))
    damaged[kind] = blob
  }
  return damaged
}

t.test('a sound registry has no findings, while it runs and after', async (t) => {
  const { request, root, stop } = await startRegistry(t)
  await pushImage(request, 'a', 'v1')
  const running = await check(root)
  t.equal(running.code, 0, running.err)
  t.match(running.out, /^checked 2 blobs \(576 B\), 1 manifest and 2 objects: all is well\n$/)
  await stop()
  t.equal((await check(root)).code, 0)
})

t.test('each damage is found, told and repaired, and the next push heals it', async (t) => {
  const first = await startRegistry(t)
  const { root } = first
  await pushImage(first.request, 'a', 'v1')
  const damaged = await damageEach(first)
  const kinds = Object.keys(damages)

  const refused = await check(root, '--repair')
  t.equal(refused.code, 1)
  t.match(refused.err, /another Layerhouse works on the data directory/)

  const seen = await check(root, '--json')
  t.equal(seen.code, 1)
  const { findings, counts } = JSON.parse(seen.out)
  t.match(counts, { blobs: 5, manifests: 1, objects: 4 })
  t.equal(findings.length, kinds.length)
  for (const kind of kinds) {
    const finding = findings.find((each: { problem: string }) => each.problem === kind)
    t.match(finding, { what: 'blob', digest: damaged[kind]?.digest })
    t.notOk('repair' in finding, 'nothing was changed')
  }

  await first.stop()
  const repaired = await check(root, '--repair')
  t.equal(repaired.code, 1)
  t.match(repaired.out, /: wrong content \(1000 B, sha256\/.*\), put aside\n/)
  t.match(repaired.out, /3 findings; push again what was damaged/)
  t.equal(quarantined(root).length, 2)

  const second = await startRegistry(t, { root })
  for (const blob of Object.values(damaged)) {
    const path = `/v2/a/blobs/${blob.digest}`
    t.equal((await second.request('HEAD', path)).status, 404)
    await pushBlob(second.request, 'a', blob)
    t.ok((await second.request('GET', path)).body.equals(blob.bytes))
  }
  await second.stop()
  t.equal((await check(root)).code, 0)
})

t.test('an object that no row names is put aside, an upload under way is not', async (t) => {
  const first = await startRegistry(t)
  const { request, root } = first
  const blob = await pushBlob(request, 'a', randomContent(1000))
  await request('POST', '/v2/a/blobs/uploads/')
  const hex = 'ab'.repeat(32)
  const folder = join(root, 'blobs', 'sha256', 'ab')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${hex}-${'0'.repeat(36)}`), 'stray')
  const seen = await check(root)
  t.equal(seen.code, 1)
  t.match(seen.out, /^object sha256\/ab\/(ab)+-0+: orphaned \(5 B\)\n/)
  await first.stop()
  t.match((await check(root, '--repair')).out, /orphaned \(5 B\), put aside\n/)
  t.same(quarantined(root), [`sha256-${hex}-${'0'.repeat(36)}`])
  t.equal(readdirSync(join(root, 'uploads')).length, 1)
  t.ok(objectOf(root, blob.digest))
  t.equal((await check(root)).code, 0)
})

const wrongs: Readonly<Record<string, readonly [sql: string, finding: RegExp]>> = {
  'a spoiled manifest': [
    'UPDATE manifest_bodies SET body = zeroblob(length(body))',
    /^manifest a@sha256:\w+: wrong content/,
  ],
  'a manifest without its bytes': ['DELETE FROM manifest_bodies', /^manifest a@.*: missing/],
  'a lost edge': ['DELETE FROM manifest_blobs', /: unlinked \(/],
  'a wrong catalog': ['UPDATE repositories SET listed = 0', /^metadata: inconsistent \(the repo/],
  'a wrong account': [
    'UPDATE repository_accounts SET stored_bytes = 5',
    /^metadata a: inconsistent \(the accounts say 5, and there are \d+: stored bytes\)/,
  ],
  'a tag that points nowhere': ['DELETE FROM manifests', /names no row of manifests/],
}

for (const [what, [sql, finding]] of Object.entries(wrongs)) {
  t.test(`${what} is found`, async (t) => {
    const { request, root, stop } = await startRegistry(t)
    await pushImage(request, 'a', 'v1')
    await stop()
    const db = new Database(join(root, 'metadata.db'))
    db.pragma('foreign_keys = OFF')
    db.exec(sql)
    db.close()
    const { code, out } = await check(root)
    t.equal(code, 1)
    t.match(out, finding)
  })
}

t.test('wrong accounts are counted anew', async (t) => {
  const { request, root, stop } = await startRegistry(t)
  await pushImage(request, 'a', 'v1')
  await stop()
  const db = new Database(join(root, 'metadata.db'))
  db.exec('UPDATE repository_accounts SET tags = 7; DELETE FROM repository_contents')
  db.close()
  const { code, out } = await check(root, '--repair')
  t.equal(code, 1)
  t.match(
    out,
    /^metadata a: inconsistent \(the accounts say 7, and there are 1: tags\), recounted$/m,
  )
  t.match(out, /say 0, and there are 1: manifests that hold sha256:\w+\), recounted\n/)
  t.equal((await check(root)).code, 0)
})

t.test('where there is no registry nothing is made', async (t) => {
  const root = t.testdir()
  for (const flags of [[], ['--repair']]) {
    const { code, err } = await check(root, ...flags)
    t.equal(code, 1)
    t.match(err, /^layerhouse check: there is no registry's data in .*; name its directory/)
  }
  t.same(readdirSync(root), [])
})
