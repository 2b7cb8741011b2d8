import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../../src/commands/all.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { dockerSave, tarOf } from '../../helpers/archives.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { createWorld } from './world.ts'

async function run(...args: readonly string[]) {
  const world = createWorld()
  const code = await dispatch('layerhouse', commands, args, world.io)
  return { code, stdout: world.stdout(), stderr: world.stderr() }
}

for (const [way, offline] of Object.entries({
  'through the registry': false,
  'without one': true,
})) {
  t.test(`images are imported and exported ${way}`, async (t) => {
    const directory = t.testdir({ files: {} })
    const registry = await startRegistry(t, { root: join(directory, 'data') })
    if (offline) await registry.stop()
    const place = ['--root', registry.root, '--port', `${registry.port}`, '--host', '127.0.0.1']
    const folder = join(directory, 'files')
    const archive = join(folder, 'in.tar')
    writeFileSync(archive, await tarOf((await dockerSave()).entries))

    const imported = await run('import', archive, '--quiet', ...place)
    t.same([imported.code, imported.stderr], [0, ''])
    t.match(imported.stdout, /^team\/app:1\.2 sha256:\w{64}: 3\.\d KiB new, 0 B there already\n$/)
    const again = await run('import', archive, '--repo', 'other', '--tag', '1', '--json', ...place)
    const { images } = JSON.parse(again.stdout)
    t.match(images, [{ reference: 'other:1', newBytes: 0 }])

    const file = join(folder, 'out.tar')
    const exported = await run('export', 'team/app:1.2', 'other:1', '-o', file, ...place)
    t.same([exported.code, exported.stderr], [0, ''])
    t.match(exported.stdout, `${file} has `)
    const back = await run('import', file, '--json', '--quiet', ...place)
    t.match(JSON.parse(back.stdout), {
      images: [
        { reference: 'team/app:1.2', digest: images[0].digest },
        { reference: 'other:1', digest: images[0].digest },
      ],
    })
    const part = await run(
      'export',
      'team/app:1.2',
      `--output=${file}`,
      '--since=other:1',
      ...place,
    )
    t.equal(part.code, 0)

    writeFileSync(archive, Buffer.alloc(3 * 1024 * 1024, 'x'))
    const refused = await run('import', archive, '--quiet', ...place)
    t.match(refused, { code: 1, stdout: '', stderr: /^layerhouse import: the archive can't be / })
    const none = await run('export', 'team/none:1', '-o', join(folder, 'none.tar'), ...place)
    t.match(none, { code: 1, stdout: '', stderr: /manifest unknown/ })
    t.same(readdirSync(folder).toSorted(), ['in.tar', 'out.tar'], 'no part is left')
  })
}

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['import'], /FILE is missing/],
  [['import', 'a', 'b'], /unexpected argument "b"/],
  [['export'], /REF is missing/],
  [['export', 'team/app:1'], /-o is missing/],
  [['export', 'team/app:1', '-o'], /-o needs a file/],
  [['export', 'team/app:1', '-o', '-', '--json'], /--json needs/],
]

t.test('what can not be meant is told', async (t) => {
  for (const [args, message] of wrong) {
    t.match(await run(...args), { code: 2, stdout: '', stderr: message }, args.join(' '))
  }
})

t.test('a file that is not there is no matter for the registry', async (t) => {
  const root = t.testdir()
  const { code, stderr } = await run('import', join(root, 'none.tar'), '--root', root)
  t.equal(code, 1)
  t.match(stderr, /no such file/)
  t.notOk(existsSync(join(root, 'metadata.db')))
  t.match(await run('import', root, '--root', root), { code: 1, stderr: /is a directory/ })
})
