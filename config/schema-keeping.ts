/** Keys about what is kept, for how long, and what is written down about it; see `schema.ts`. */
import { Type } from 'typebox'
import { boolean, duration, integer, text } from './fields.ts'
import { longestTimer } from './longest-timer.ts'

export const gc = Type.Object(
  {
    grace: duration(
      'Content that nothing refers to stays at least this long, for whoever is just pushing.',
      { default: '1h', minimum: '1s', maximum: '365d' },
    ),
    interval: duration('How often garbage is collected.', {
      default: '15m',
      minimum: '100ms',
      maximum: longestTimer,
    }),
    untagged: boolean(
      'Collects manifests that were pushed by digest and never had a tag, too; others are collected when they lose their last tag.',
      { default: false },
    ),
    keepRuns: duration('How long it is told what was collected, and why.', {
      default: '90d',
      minimum: '1h',
      maximum: '3650d',
    }),
  },
  { description: 'Removing what nothing refers to any more.' },
)

export const history = Type.Object(
  {
    keep: duration(
      'Time in which overwritten and deleted tags and images can be brought back; their content is kept that long.',
      { default: '7d', minimum: '0s', maximum: '3650d' },
    ),
    record: duration(
      'How long it is told where tags pointed; at least as long as `history.keep`.',
      {
        default: '365d',
        minimum: '0s',
        maximum: '3650d',
      },
    ),
  },
  { description: 'Where tags pointed before.' },
)

export const snapshots = Type.Object(
  {
    interval: duration('How often the metadata is copied to `snapshots/`; 0 never does.', {
      default: '24h',
      minimum: '0s',
      maximum: longestTimer,
    }),
    keep: integer('Copies of the metadata to keep.', { default: 7, minimum: 1, maximum: 1000 }),
  },
  { description: 'Copies of the metadata, to rebuild it from.' },
)

export const pulls = Type.Object(
  {
    enabled: boolean('Counts pulls of tags and manifests.', { default: true }),
    flushInterval: duration(
      'How often counted pulls are written; what was not yet is lost if the registry is killed.',
      { default: '30s', minimum: '1s', maximum: '1h' },
    ),
  },
  { description: 'Pull statistics.' },
)

export const policies = Type.Object(
  {
    file: Type.Optional(
      text(
        'YAML file with the rules for retention, immutable tags and quotas; while it is set they come from there alone, read at the start.',
      ),
    ),
  },
  { description: 'Rules about many repositories.' },
)

export const retention = Type.Object(
  {
    interval: duration(
      'How often retention rules are carried out, first an hour after the start; 0 never does.',
      { default: '24h', minimum: '0s', maximum: longestTimer },
    ),
  },
  { description: 'Dropping tags and untagged manifests by rules.' },
)
