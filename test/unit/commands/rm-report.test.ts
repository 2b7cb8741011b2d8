import t from 'tap'
import {
  type DeletionPlan,
  formatDeleted,
  formatDeletedRepository,
  formatPlan,
} from '../../../src/commands/rm-report.ts'

const empty: DeletionPlan = {
  tags: [],
  manifests: [],
  kept: [],
  unknown: { tags: [], digests: [] },
  freedBytes: 0,
  freedBlobs: 0,
  keptBytes: 0,
  keptBlobs: 0,
  keptBy: [],
  freedFrom: { undoable: '2026-02-08T01:00:00.000Z', purged: '2026-02-01T01:00:00.000Z' },
}

const plan: DeletionPlan = {
  ...empty,
  tags: [{ tag: 'v1', digest: 'sha256:a' }],
  manifests: [
    { digest: 'sha256:a', because: 'untagged', tags: ['v1'] },
    { digest: 'sha256:b', because: 'only part of it', tags: [] },
  ],
  kept: [
    {
      digest: 'sha256:c',
      heldBy: [
        { kind: 'tag', tag: 'v2' },
        { kind: 'index', digest: 'sha256:d' },
      ],
    },
  ],
  unknown: { tags: ['v9'], digests: ['sha256:e'] },
  freedBytes: 2048,
  freedBlobs: 2,
  keptBytes: 1024,
  keptBlobs: 1,
  keptBy: [{ repo: 'team/app', digest: 'sha256:c', tags: ['v2', 'v3'] }],
}

const lines = [
  'tag v1 (sha256:a)',
  'image sha256:a: untagged',
  'image sha256:b: only part of it',
] as const
const rest = `keeps image sha256:c: tag v2, index sha256:d
not there: v9
not there: sha256:e
`

function report(verb: string, from: string, keepers = 'team/app:v2'): string {
  const first = lines.map((line) => `${verb} ${line}\n`).join('')
  return `${first}${rest}frees 2 KiB in 2 blobs, from ${from} on
keeps 1 KiB in 1 blob, used by ${keepers}
`
}

t.test('a preview tells what would go, what stays and when the space comes back', async (t) => {
  t.equal(formatPlan(plan, false), report('would delete', '2026-02-08T01:00:00.000Z'))
  t.equal(formatPlan(plan, true), report('would delete', '2026-02-01T01:00:00.000Z'))
})

t.test('what was done is told in the same words, and how to take it back', async (t) => {
  const undoUntil = '2026-02-08T00:00:00.000Z'
  const deletion = { id: 7, repo: 'team/app', undoUntil }
  const undo = `deletion 7 can be undone until ${undoUntil}: POST /api/v1/deletions/7/undo\n`
  const done = report('deleted', '2026-02-08T01:00:00.000Z')
  t.equal(formatDeleted({ plan, deletion }, false), done + undo)
  const purged = report('deleted', '2026-02-01T01:00:00.000Z')
  t.equal(formatDeleted({ plan, deletion: { id: 7, repo: 'team/app' } }, true), purged)
  t.equal(formatDeletedRepository(deletion), `deleted the repository team/app\n${undo}`)
  const { id, repo } = deletion
  t.equal(formatDeletedRepository({ id, repo }), 'deleted the repository team/app\n')
})

t.test('who uses what stays is one of them, by its tag if it has one', async (t) => {
  const of = (...tags: readonly string[]) => ({ repo: 'team/b', digest: 'sha256:f', tags })
  const told = (keptBy: DeletionPlan['keptBy']) =>
    formatPlan({ ...plan, keptBy }, false).split('used by ')[1]
  t.equal(told([of('v5')]), 'team/b:v5\n')
  t.equal(told([of()]), 'team/b@sha256:f\n')
  t.equal(told([of(), of('v5')]), 'team/b@sha256:f and others\n')
})

t.test('no space is told of where no image goes', async (t) => {
  const tag = { ...empty, tags: [{ tag: 'v1', digest: 'sha256:a' }] }
  t.equal(formatPlan(tag, false), 'would delete tag v1 (sha256:a)\n')
  t.equal(formatDeleted({ plan: tag }, false), 'deleted tag v1 (sha256:a)\n')
  t.equal(formatPlan(empty, false), 'no tag fits this pattern\n')
})
