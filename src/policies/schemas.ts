import { type Static, type TSchema, Type } from 'typebox'
import { parseDuration, parseSize, UnitError } from '../../config/units.ts'
import { repositoryPatternProblem, tagPatternProblem } from './patterns.ts'
import type { PolicyKind } from './rules.ts'

/*
 * Rules as people write them, in a file or to the API. Every schema has a `noun`, what a value must
 * be, for messages.
 */

/** Durations of a rule lie between these; 100 years are enough to say "never". */
const longest = parseDuration('36500d')

const maxRules = 200
const maxPatterns = 100

function refined(
  options: { readonly noun: string; readonly description: string; readonly examples: string[] },
  problem: (text: string) => string | undefined,
) {
  return Type.Refine(
    Type.String(options),
    (text) => problem(text) === undefined,
    (text) => problem(text) ?? '',
  )
}

function unitProblem(read: () => string | undefined): string | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof UnitError) return error.message
    throw error
  }
}

function durationProblem(text: string): string | undefined {
  return unitProblem(() => {
    const milliseconds = parseDuration(text)
    if (milliseconds > 0 && milliseconds <= longest) return undefined
    return `${text} is not a duration from 1ms to 36500d`
  })
}

function sizeProblem(text: string): string | undefined {
  return unitProblem(() => {
    parseSize(text)
    return undefined
  })
}

const duration = (description: string) =>
  refined({ noun: 'a duration such as 30d', description, examples: ['30d'] }, durationProblem)

const patterns = (
  description: string,
  example: string,
  problem: (text: string) => string | undefined,
) =>
  Type.Array(refined({ noun: 'a pattern in quotes', description, examples: [example] }, problem), {
    noun: `a list of 1 to ${maxPatterns} patterns such as ["${example}"]`,
    description,
    minItems: 1,
    maxItems: maxPatterns,
  })

const name = Type.String({
  noun: 'a name of 1 to 64 characters',
  description: 'Shown wherever the rule decides something; unique among rules of its kind.',
  minLength: 1,
  maxLength: 64,
})

const repositories = patterns(
  'Repositories the rule is about: * within one part of a name, ** for any parts.',
  'team/**',
  repositoryPatternProblem,
)

const tags = (description: string) => Type.Optional(patterns(description, 'v*', tagPatternProblem))

const closed = { additionalProperties: false, noun: 'an object of fields' } as const

const keep = Type.Object(
  {
    last: Type.Optional(
      Type.Integer({
        noun: 'a whole number from 1 to 100000',
        description: 'Keeps so many tags of each repository, those that were pushed last.',
        minimum: 1,
        maximum: 100_000,
      }),
    ),
    pushedWithin: Type.Optional(duration('Keeps tags that were pushed within this time.')),
    pulledWithin: Type.Optional(
      duration('Keeps tags that were pulled or pushed within this time.'),
    ),
    matching: tags('Keeps tags that match.'),
  },
  { ...closed, description: 'What the rule keeps; each clause on its own.', minProperties: 1 },
)

const retentionRule = Type.Object(
  {
    name,
    repositories,
    tags: tags('Tags the rule is about; all of them when left out.'),
    keep: Type.Optional(keep),
    dropUntaggedAfter: Type.Optional(
      duration('Drops manifests that have had no tag for this long.'),
    ),
    dropOlderThan: Type.Optional(duration('Drops only tags that were pushed longer ago.')),
  },
  closed,
)

const immutabilityRule = Type.Object(
  {
    name,
    repositories,
    tags: tags('Tags the rule is about; all of them when left out.'),
    overwrite: Type.Optional(
      Type.Boolean({
        noun: 'true or false',
        description: 'Whether the tag may be pointed at another image; false when left out.',
        default: false,
      }),
    ),
    delete: Type.Optional(
      Type.Boolean({
        noun: 'true or false',
        description: 'Whether the tag may be deleted; true when left out.',
        default: true,
      }),
    ),
  },
  closed,
)

const bytes = Type.Union(
  [
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Bytes.' }),
    refined({ noun: 'a size', description: 'A size.', examples: ['10GiB'] }, sizeProblem),
  ],
  {
    noun: 'a size such as 10GiB or a number of bytes',
    description: 'What all images of the repositories may take together.',
  },
)

const quotaRule = Type.Object({ name, repositories, bytes }, closed)

const document = <Rule extends TSchema>(rule: Rule) =>
  Type.Object(
    { rules: Type.Array(rule, { noun: `a list of up to ${maxRules} rules`, maxItems: maxRules }) },
    closed,
  )

/** What the API takes and gives, `{rules: […]}`. Routes take these as they are. */
export const writtenSchemas = {
  retention: document(retentionRule),
  immutability: document(immutabilityRule),
  quota: document(quotaRule),
} as const satisfies Record<PolicyKind, TSchema>

/** The rules of one kind as they are written. */
export type Written<Kind extends PolicyKind> = Static<(typeof writtenSchemas)[Kind]>
