import { join } from 'node:path'
import t from 'tap'
import { parseFile, readFile } from '../../../config/file.ts'

t.test('a file becomes settings with the line of each key', async (t) => {
  const text =
    '# ours\nhttp:\n  port: 5001\n\n  trustedProxies:\n    - 10.0.0.1\nlog: { level: debug }\n'
  const { settings, problems } = parseFile('a.yaml', text)
  t.same(problems, [])
  t.same(
    settings.map(({ key, raw, origin }) => [key.path, raw, origin]),
    [
      ['http.port', 5001, { source: 'file', path: 'a.yaml', line: 3 }],
      ['http.trustedProxies', ['10.0.0.1'], { source: 'file', path: 'a.yaml', line: 5 }],
      ['log.level', 'debug', { source: 'file', path: 'a.yaml', line: 7 }],
    ],
  )
})

const harmless: readonly (readonly [title: string, text: string])[] = [
  ['an empty file', ''],
  ['a file of comments', '# http:\n#   port: 1\n'],
  ['an empty document', '---\n...\n'],
  ['a section whose keys are commented out', 'http:\n  # port: 1\n'],
  ['an empty section', 'http: {}\n'],
  ['a byte order mark', '\uFEFF# nothing\n'],
]

t.test('a file that sets nothing is fine', async (t) => {
  for (const [title, text] of harmless) {
    t.same(parseFile('a.yaml', text), { settings: [], problems: [], warnings: [] }, title)
  }
})

const mistakes: readonly (readonly [text: string, ...problems: (string | RegExp)[]])[] = [
  ['http:\n  prot: 1\n', 'a.yaml:2: unknown key http.prot; did you mean http.port?'],
  ['htpp:\n  port: 1\n', 'a.yaml:1: unknown key htpp; did you mean http?'],
  ['\nport: 1\n', 'a.yaml:2: unknown key port; did you mean http.port?'],
  ['http: { port: { a: 1 }, x: 2 }', /^a\.yaml:1: unknown key http\.x; "layerhouse config print"/],
  ['__proto__: 1\nconstructor: 2', /unknown key __proto__;/, /unknown key constructor;/],
  ['? [a]\n: 1\n', /^a\.yaml:1: unknown key \[/],
  ['http: 5000', 'a.yaml:1: http must hold keys such as http.host'],
  ['- a', 'a.yaml:1: the file must hold keys such as http.host'],
  ['text', 'a.yaml:1: the file must hold keys such as http.host'],
  ['http: *nowhere', 'a.yaml:1: http must hold keys such as http.host'],
  ['http:\n  port:\n', 'a.yaml:2: http.port has no value; give one or remove the line'],
  ['http:\n  port: *x\n', /^a\.yaml:2: http\.port: .*; write the value itself$/],
  ['http:\n  port: 1\n  port: 2\n', /^a\.yaml:3: not valid YAML: .*unique/],
  ['a: [', /^a\.yaml:1: not valid YAML/],
  ['http: {}\n--- \nlog: {}', /^a\.yaml:2: not valid YAML/],
  ['http:\n  port: !secret a\n', /^a\.yaml:2: not valid YAML: .*!secret/],
]

t.test('a mistake is reported with its line and the cure', async (t) => {
  for (const [text, ...expected] of mistakes) {
    const { problems } = parseFile('a.yaml', text)
    t.match(problems, expected, JSON.stringify(text))
    t.ok(problems.length >= expected.length, 'none is left out')
  }
})

t.test('aliases that would fill the memory are refused', async (t) => {
  const rows = Array.from({ length: 30 }, (_, i) => `    - &a${i + 1} [*a${i}, *a${i}, *a${i}]`)
  const text = `http:\n  trustedProxies:\n    - &a0 [x]\n${rows.join('\n')}\n`
  t.match(parseFile('a.yaml', text).problems, [/^a\.yaml:2: http\.trustedProxies: .*alias/])
})

t.test('an unreadable file is a problem, not a crash', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'log:\n  level: debug\n' })
  t.equal(readFile(join(folder, 'a.yaml')).settings.length, 1)
  const missing = join(folder, 'b.yaml')
  t.same(readFile(missing).problems, [
    `${missing}: cannot read the configuration file: no such file; check the path`,
  ])
  t.match(readFile(folder).problems, [/it is a directory; name a file in it$/])
})
