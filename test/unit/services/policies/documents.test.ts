import t, { type Test } from 'tap'
import {
  adoptPolicies,
  createPolicyDocuments,
} from '../../../../src/services/policies/documents.ts'
import { openSqliteSubject } from '../../../contract/metadata/sqlite-subject.ts'
import { start } from '../../../contract/metadata/subject.ts'

const ann = { name: 'ann', client: '10.0.0.1' }
const rule = { name: 'a', repositories: ['team/**'], keep: { pushedWithin: '30d' } }

async function open(t: Test, file?: string) {
  const { store, clock } = await start(t, openSqliteSubject)
  return { store, clock, documents: createPolicyDocuments({ metadata: store, file }) }
}

t.test('before the first rules there are none, at version 0', async (t) => {
  const { documents } = await open(t)
  t.strictSame(await documents.get('retention'), {
    rules: [],
    version: 0,
    changedAt: undefined,
    changedBy: undefined,
    file: undefined,
  })
})

t.test('rules are given back as they are written', async (t) => {
  const { documents, clock } = await open(t)
  const answer = await documents.put('retention', { rules: [rule] }, 0, ann)
  t.strictSame(answer, {
    rules: [rule],
    version: 1,
    changedAt: clock.now,
    changedBy: ann,
    file: undefined,
  })
  t.strictSame(await documents.get('retention'), answer)
})

t.test('rules with mistakes are refused with each of them', async (t) => {
  const { documents } = await open(t)
  const wrong = {
    rules: [
      { ...rule, keep: { last: -1 } },
      { ...rule, name: 'b', tags: ['/'] },
    ],
  }
  await t.rejects(documents.put('retention', wrong, 0, ann), {
    name: 'PolicyPutError',
    reason: 'invalid',
    message: /^retention rule "a": keep.last must be .*; retention rule "b": tags\[0\] is wrong: /,
    problems: [{ path: ['rules', 0, 'keep', 'last'] }, { path: ['rules', 1, 'tags', 0] }],
  })
  t.match(await documents.get('retention'), { version: 0 })
})

t.test('rules that somebody else changed are not overwritten', async (t) => {
  const { documents } = await open(t)
  await documents.put('retention', { rules: [rule] }, 0, ann)
  await t.rejects(documents.put('retention', { rules: [] }, 0, ann), {
    reason: 'version',
    message: 'the retention rules are not those of version 0 any more; read them again',
  })
  t.match(await documents.put('retention', { rules: [] }, 1, ann), { version: 2, rules: [] })
})

t.test('rules of a file are shown and can not be put', async (t) => {
  const { documents, store } = await open(t, '/etc/policies.yaml')
  const quota = [{ name: 'all', repositories: ['**'], bytes: 1024 }]
  const rules = { retention: [], immutability: [], quota }
  await adoptPolicies(store, '/etc/policies.yaml', rules)
  const expected = {
    rules: [{ name: 'all', repositories: ['**'], bytes: '1KiB' }],
    version: 1,
    changedBy: { name: undefined, client: '/etc/policies.yaml' },
    file: '/etc/policies.yaml',
  }
  t.match(await documents.get('quota'), expected)
  await adoptPolicies(store, '/etc/policies.yaml', rules)
  t.match(await documents.get('quota'), { version: 1 }, 'the same rules are no change')
  await t.rejects(documents.put('quota', { rules: [] }, 1, ann), {
    reason: 'file',
    message:
      'the rules come from the file /etc/policies.yaml; change them there and start again, or remove policies.file from the configuration',
  })
  await adoptPolicies(store, '/etc/policies.yaml', { ...rules, quota: [] })
  t.match(await documents.get('quota'), { version: 2, rules: [] })
})
