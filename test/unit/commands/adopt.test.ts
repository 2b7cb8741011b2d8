import { writeFileSync } from 'node:fs'
import t from 'tap'
import { commands } from '../../../src/commands/all.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { randomContent } from '../../helpers/push.ts'
import { makeTree } from '../adopt/tree.ts'
import { createWorld } from './world.ts'

async function run(...args: readonly string[]) {
  const world = createWorld()
  const code = await dispatch('layerhouse', commands, args, world.io)
  return { code, stdout: world.stdout(), stderr: world.stderr() }
}

t.test('adopt tells what it would do, and what it did', async (t) => {
  const tree = makeTree(t)
  tree.image('team/app', 'v1')
  tree.blob(randomContent(2048))
  const rows = (verb: string, done: string) => `  repositories  1
  tags          1 ${verb}, 0 were there
  manifests     1 ${verb}, 0 were there
  blobs         2 ${done}, 764 B; 0 were there
  unreferenced  1 blob, 2 KiB, of no repository: left there
  left out      0
`
  t.strictSame(await run('adopt', tree.root, '--root', tree.root, '--dry-run'), {
    code: 0,
    stdout: `${tree.path()} would be adopted by ${tree.root}.
${rows('would be adopted', 'would be linked')}Nothing was changed.
`,
    stderr: '',
  })
  t.strictSame(await run('adopt', tree.root, '--root', tree.root), {
    code: 0,
    stdout: `${tree.path()} is adopted by ${tree.root}.\n${rows('adopted', 'linked')}`,
    stderr: '',
  })
})

t.test('what is left out is named, and a failure', async (t) => {
  const tree = makeTree(t)
  const { layer, manifest } = tree.image('team/app', 'v1')
  tree.write('', 'repositories/team/app/_manifests/tags/old/current/link')
  writeFileSync(tree.dataOf(layer), 'spoiled')
  const args = ['adopt', tree.root, '--root', tree.root]
  const text = await run(...args)
  t.equal(text.code, 1)
  t.same(text.stdout.split('\n').slice(0, 4), [
    `blob ${layer.digest}: wrong content; linked by team/app; left out`,
    `manifest team/app@${manifest.digest}: lacks content; ${layer.digest}; left out`,
    'tag team/app:old: empty link; left out (repositories/team/app/_manifests/tags/old/current/link)',
    `tag team/app:v1: no manifest; ${manifest.digest}; left out`,
  ])
  t.match(text.stdout, / {2}left out {6}4\n$/)
  const json = await run(...args, '--json', '--quiet')
  t.equal(json.code, 1)
  t.match(JSON.parse(json.stdout), {
    root: tree.root,
    source: tree.path(),
    way: 'link',
    dryRun: false,
    repositories: 1,
    blobs: { adopted: 0, kept: 1 },
    unreferenced: { blobs: 0, bytes: 0 },
    findings: [{ what: 'blob', digest: layer.digest, leftOut: true }, {}, { what: 'tag' }, {}],
  })
})

t.test('the ways exclude each other', async (t) => {
  const cases = [
    [['adopt'], /DIR is missing/],
    [['adopt', 'a', '--link', '--move'], /--link and --move exclude each other/],
    [['adopt', 'a', '--copy', '--move'], /--copy and --move exclude each other/],
  ] as const
  for (const [args, message] of cases) {
    const { code, stderr } = await run(...args)
    t.equal(code, 2)
    t.match(stderr, message)
  }
})
