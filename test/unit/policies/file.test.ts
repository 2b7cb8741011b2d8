import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { PoliciesFileError, parsePolicies, readPoliciesFile } from '../../../src/policies/file.ts'

const example = new URL('../../../../config/policies.example.yaml', import.meta.url)

t.test('the example file is right, and shows every field', async (t) => {
  const policies = readPoliciesFile(fileURLToPath(example))
  for (const rules of Object.values(policies)) t.ok(rules.length > 0)
  const text = readFileSync(example, 'utf8')
  for (const field of [
    ...['name', 'repositories', 'tags', 'keep', 'last', 'pushedWithin', 'pulledWithin'],
    ...['matching', 'dropUntaggedAfter', 'dropOlderThan', 'overwrite', 'delete', 'bytes'],
  ]) {
    t.match(text, new RegExp(`^ *(- )?${field}:`, 'm'), field)
  }
})

t.test('what is left out has no rules', async (t) => {
  const none = { retention: [], immutability: [], quota: [] }
  for (const text of ['', '# nothing\n', 'retention:\n', 'quotas: []\n']) {
    t.strictSame(parsePolicies('p.yaml', text), none, JSON.stringify(text))
  }
})

t.test('anchors save writing', async (t) => {
  const text = `
quotas:
  - { name: a, repositories: &team ["team/**"], bytes: 1GiB }
immutability:
  - { name: b, repositories: *team }
`
  t.strictSame(parsePolicies('p.yaml', text).immutability[0]?.repositories, ['team/**'])
})

const mistakes: readonly (readonly [text: string, message: string | RegExp])[] = [
  ['retention: [', /^p\.yaml:1: not valid YAML: /],
  ['retention: *nowhere', /^p\.yaml: .*nowhere; write the value itself$/],
  ['- a', 'p.yaml:1: the file must hold the keys retention, immutability, quotas'],
  ['\nretension: []', 'p.yaml:2: unknown key retension; did you mean retention?'],
  ['quota: []', 'p.yaml:1: unknown key quota; did you mean quotas?'],
  ['quotas: 5', 'p.yaml:1: quota: rules must be a list of up to 200 rules'],
  [
    'retention:\n  - name: old\n    repositories: ["**"]\n    keep:\n      last: 0\n',
    'p.yaml:5: retention rule "old": keep.last must be a whole number from 1 to 100000',
  ],
  [
    'immutability:\n  - name: a\n    repositories:\n      - ok\n      - Not\n',
    /^p\.yaml:5: immutability rule "a": repositories\[1\] is wrong: "Not" can match no repository/,
  ],
  [
    'quotas:\n  - { name: a, repositories: ["**"] }\n  - { name: a, repositories: ["**"], bytes: 1 }\n',
    'p.yaml:2: quota rule "a": bytes is missing',
  ],
]

t.test('every mistake is told with its line', async (t) => {
  for (const [text, message] of mistakes) {
    t.throws(() => parsePolicies('p.yaml', text), { name: 'PoliciesFileError', message }, text)
  }
})

t.test('mistakes of all kinds are told at once', async (t) => {
  const text = 'retention: [{ name: a }]\nimmutability: [{ name: b }]\nquotas: [{ name: c }]\n'
  t.throws(() => parsePolicies('p.yaml', text), {
    message: [
      'p.yaml:1: retention rule "a": repositories is missing',
      'p.yaml:2: immutability rule "b": repositories is missing',
      'p.yaml:3: quota rule "c": repositories is missing',
      'p.yaml:3: quota rule "c": bytes is missing',
    ].join('\n'),
  })
})

t.test('a file that is not there is told with its path', async (t) => {
  t.throws(() => readPoliciesFile('/nowhere/p.yaml'), PoliciesFileError)
  t.throws(() => readPoliciesFile('/nowhere/p.yaml'), { message: /^\/nowhere\/p\.yaml: .*ENOENT/ })
})
