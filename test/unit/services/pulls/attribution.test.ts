import t from 'tap'
import { digestOf } from '../../../../src/oci/digest.ts'
import { parseRepositoryName } from '../../../../src/oci/name.ts'
import { parseTag } from '../../../../src/oci/reference.ts'
import {
  type Attribution,
  attributedWithin,
  createAttribution,
} from '../../../../src/services/pulls/attribution.ts'
import type { Step } from '../../../../src/services/pulls/step.ts'

const digest = (text: string) => digestOf(Buffer.from(text))

/** Indexes and what they list; every other name is an image. */
const indexes: Readonly<Record<string, readonly string[]>> = {
  index: ['amd64', 'arm64'],
  twin: ['amd64'],
}

interface Subject extends Attribution {
  /** Pulls of tags, `repository:tag` each. */
  readonly pulls: readonly string[]
  /** How often the store was asked. */
  lookups(): number
}

function start({ capacity }: { capacity?: number } = {}): Subject {
  const pulls: string[] = []
  let lookups = 0
  const attribution = createAttribution({
    async indexesOf(_repository, manifest, asked) {
      lookups += 1
      const listing = Object.keys(indexes).filter((name) =>
        indexes[name]?.some((child) => digest(child) === manifest),
      )
      return new Set(listing.map(digest).filter((found) => asked.includes(found)))
    },
    onPull: (repository, tag) => pulls.push(`${repository}:${tag}`),
    ...(capacity === undefined ? {} : { capacity }),
  })
  return { ...attribution, pulls, lookups: () => lookups }
}

/** `client repository request`, as in `a app HEAD v1 index` or `a app GET index`; waits `+5ms`. */
async function run(subject: Attribution, lines: readonly string[]): Promise<void> {
  let at = 1_700_000_000_000
  for (const line of lines) {
    const wait = /^\+(\d+)ms$/.exec(line)
    at += Number(wait?.[1] ?? 0)
    if (!wait) await subject.follow(stepOf(line, at))
  }
}

function stepOf(line: string, at: number): Step {
  const [client, repository, method, ...references] = line.split(' ') as [string, string, string]
  const target = (references as string[]).pop() ?? ''
  const [tag] = references as string[]
  const byTag = method === 'HEAD' ? 'resolved' : 'pulled'
  return {
    kind: tag === undefined ? 'fetched' : byTag,
    client,
    repository: parseRepositoryName(repository),
    tag: tag === undefined ? undefined : parseTag(tag),
    digest: digest(target),
    isIndex: target in indexes,
    at,
  }
}

interface Case {
  readonly title: string
  readonly steps: readonly string[]
  readonly pulls: readonly string[]
}

const inTime = `+${attributedWithin}ms`
const tooLate = `+${attributedWithin + 1}ms`

const cases: readonly Case[] = [
  {
    title: 'HEAD alone is no pull',
    steps: ['a app HEAD v1 image', 'a app HEAD v1 image'],
    pulls: [],
  },
  {
    title: 'HEAD by tag, then GET by digest, is one pull of the tag',
    steps: ['a app HEAD v1 image', 'a app GET image'],
    pulls: ['app:v1'],
  },
  {
    title: 'GET by digest alone is a pull of no tag',
    steps: ['a app GET image'],
    pulls: [],
  },
  {
    title: 'a GET that is repeated is not counted again',
    steps: ['a app HEAD v1 image', 'a app GET image', 'a app GET image'],
    pulls: ['app:v1'],
  },
  {
    title: 'HEAD that is repeated counts one pull',
    steps: ['a app HEAD v1 image', 'a app HEAD v1 image', 'a app GET image'],
    pulls: ['app:v1'],
  },
  {
    title: 'who resolves and fetches twice pulls twice',
    steps: ['a app HEAD v1 image', 'a app GET image', 'a app HEAD v1 image', 'a app GET image'],
    pulls: ['app:v1', 'app:v1'],
  },
  {
    title: 'an index, then an image out of it, is one pull',
    steps: ['a app HEAD v1 index', 'a app GET index', 'a app GET amd64'],
    pulls: ['app:v1'],
  },
  {
    title: 'so are an index and all of its images',
    steps: ['a app HEAD v1 index', 'a app GET index', 'a app GET amd64', 'a app GET arm64'],
    pulls: ['app:v1'],
  },
  {
    title: 'an image out of an index that the client has already is a pull',
    steps: ['a app HEAD v1 index', 'a app GET amd64', 'a app GET arm64'],
    pulls: ['app:v1'],
  },
  {
    title: 'fetching the index after the image does not count again',
    steps: ['a app HEAD v1 index', 'a app GET amd64', 'a app GET index'],
    pulls: ['app:v1'],
  },
  {
    title: 'an image that is not of the index has nothing to do with it',
    steps: ['a app HEAD v1 index', 'a app GET image', 'a app GET index'],
    pulls: ['app:v1'],
  },
  {
    title: 'GET by tag, then by digest, is not counted twice',
    steps: ['a app HEAD v1 index', 'a app GET v1 index', 'a app GET index', 'a app GET amd64'],
    pulls: [],
  },
  {
    title: 'GET of another tag of the same digest stands in place of HEAD',
    steps: ['a app HEAD v1 image', 'a app GET v2 image', 'a app GET image'],
    pulls: [],
  },
  {
    title: 'of two tags the one resolved last is pulled',
    steps: ['a app HEAD v1 image', 'a app HEAD v2 image', 'a app GET image'],
    pulls: ['app:v2'],
  },
  {
    title: 'of two indexes that list an image the one resolved last is pulled',
    steps: ['a app HEAD v1 index', 'a app HEAD v2 twin', 'a app GET amd64'],
    pulls: ['app:v2'],
  },
  {
    title: 'an image of an index counted last says nothing of an older one',
    steps: ['a app HEAD v1 index', 'a app HEAD v2 twin', 'a app GET twin', 'a app GET amd64'],
    pulls: ['app:v2'],
  },
  {
    title: 'an image of the older index alone is a pull of that',
    steps: ['a app HEAD v1 index', 'a app HEAD v2 twin', 'a app GET twin', 'a app GET arm64'],
    pulls: ['app:v2', 'app:v1'],
  },
  {
    title: 'pulls at the same time are told apart by digest',
    steps: ['a app HEAD v1 one', 'a app HEAD v2 two', 'a app GET one', 'a app GET two'],
    pulls: ['app:v1', 'app:v2'],
  },
  {
    title: 'two clients at once each pull the tag',
    steps: ['a app HEAD v1 index', 'b app HEAD v1 index', 'b app GET index', 'a app GET index'],
    pulls: ['app:v1', 'app:v1'],
  },
  {
    title: 'what one client resolved is nothing to another',
    steps: ['a app HEAD v1 image', 'b app GET image'],
    pulls: [],
  },
  {
    title: 'nor is what it resolved in another repository',
    steps: ['a app HEAD v1 image', 'a other GET image'],
    pulls: [],
  },
  {
    title: 'a tag that moved is pulled as it is now',
    steps: ['a app HEAD v1 one', 'a app HEAD v1 two', 'a app GET two'],
    pulls: ['app:v1'],
  },
  {
    title: 'two minutes later the GET still belongs to the HEAD',
    steps: ['a app HEAD v1 image', inTime, 'a app GET image'],
    pulls: ['app:v1'],
  },
  {
    title: 'after that no more',
    steps: ['a app HEAD v1 image', tooLate, 'a app GET image'],
    pulls: [],
  },
  {
    title: 'nor does the image of an index, while a newer HEAD still holds',
    steps: ['a app HEAD v1 index', tooLate, 'a app HEAD v2 image', 'a app GET amd64'],
    pulls: [],
  },
  {
    title: 'the time begins anew with each HEAD',
    steps: ['a app HEAD v1 image', inTime, 'a app HEAD v1 image', inTime, 'a app GET image'],
    pulls: ['app:v1'],
  },
]

for (const { title, steps, pulls } of cases) {
  t.test(title, async (t) => {
    const subject = start()
    await run(subject, steps)
    t.same(subject.pulls, pulls)
  })
}

t.test('the store is asked only for an image whose index was not fetched', async (t) => {
  const asked = async (...steps: readonly string[]) => {
    const subject = start()
    await run(subject, steps)
    return subject.lookups()
  }
  t.equal(await asked('a app HEAD v1 index', 'a app GET index', 'a app GET amd64'), 0)
  t.equal(await asked('a app HEAD v1 image', 'a app GET image', 'a app GET other'), 0)
  t.equal(await asked('a app GET amd64'), 0)
  t.equal(await asked('a app HEAD v1 index', 'a app GET amd64', 'a app GET arm64'), 1)
})

/** The clients, of `count`, whose HEAD is remembered in the end. */
async function remembered(count: number, capacity: number): Promise<readonly string[]> {
  const subject = start({ capacity })
  const clients = Array.from({ length: count }, (_, n) => `c${n}`)
  await run(
    subject,
    clients.map((client) => `${client} app HEAD v1 image`),
  )
  const kept: string[] = []
  for (const client of clients) {
    const before = subject.pulls.length
    await run(subject, [`${client} app GET image`])
    if (subject.pulls.length > before) kept.push(client)
  }
  return kept
}

t.test('of more clients than it holds the first are forgotten', async (t) => {
  t.same(await remembered(5, 3), ['c2', 'c3', 'c4'])
  t.same(await remembered(3, 3), ['c0', 'c1', 'c2'])
})

t.test('a client that comes again is not the first to be forgotten', async (t) => {
  const subject = start({ capacity: 2 })
  const heads = ['a', 'b', 'a', 'c'].map((client) => `${client} app HEAD v1 image`)
  await run(subject, [...heads, 'b app GET image'])
  t.same(subject.pulls, [])
  await run(subject, ['a app GET image', 'c app GET image'])
  t.same(subject.pulls, ['app:v1', 'app:v1'])
})

t.test('of one client the last sixteen digests are remembered', async (t) => {
  const subject = start()
  const numbers = Array.from({ length: 17 }, (_, n) => n)
  await run(
    subject,
    numbers.map((n) => `a app HEAD v${n} image${n}`),
  )
  await run(subject, ['a app GET image0'])
  t.same(subject.pulls, [])
  await run(subject, ['a app GET image1', 'a app GET image16'])
  t.same(subject.pulls, ['app:v1', 'app:v16'])
})
