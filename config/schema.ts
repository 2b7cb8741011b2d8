/** Every configuration key: its type, default, limits and one line of description. */
import { type Static, Type } from 'typebox'
import { hostProblem, publicUrlProblem, trustedProxyProblem } from './addresses.ts'
import {
  boolean,
  checkedList,
  checkedText,
  choice,
  duration,
  integer,
  size,
  text,
} from './fields.ts'
import { longestTimer } from './longest-timer.ts'
import { activity, auth, limits, tls } from './schema-access.ts'
import { gc, history, policies, pulls, retention, snapshots } from './schema-keeping.ts'

const http = Type.Object(
  {
    host: checkedText(hostProblem, 'Address or host name to listen on.', { default: '0.0.0.0' }),
    port: integer('TCP port to listen on; 0 takes any free one.', {
      default: 5000,
      minimum: 0,
      maximum: 65_535,
    }),
    publicUrl: Type.Optional(
      checkedText(
        publicUrlProblem,
        'URL under which clients reach the registry, as the start-up lines show it; answers have relative links and need none.',
      ),
    ),
    workers: integer(
      'Processes that answer requests; 0 takes one for each processor, 4 at most. Each costs about 70 MB of memory.',
      { default: 0, minimum: 0, maximum: 64 },
    ),
    trustedProxies: checkedList(
      trustedProxyProblem,
      'IP addresses and CIDR networks of reverse proxies whose `X-Forwarded-*` headers are believed.',
      { default: [] },
    ),
    idleTimeout: duration(
      'Ends a connection on which nothing was sent or received for this long; 0 never does.',
      { default: '5m', minimum: '0s', maximum: longestTimer },
    ),
    minRate: size(
      'Ends a request whose client moves fewer bytes a second than this over `http.minRateWindow`; 0 never does.',
      { default: '256B', minimum: '0B', maximum: '1GiB' },
    ),
    minRateWindow: duration('Time over which `http.minRate` is measured.', {
      default: '1m',
      minimum: '1s',
      maximum: '1h',
    }),
    headersTimeout: duration('Time a client has to send the headers of a request.', {
      default: '10s',
      minimum: '1ms',
      maximum: longestTimer,
    }),
    keepAliveTimeout: duration(
      'Keeps a connection open for a next request; longer than the reverse proxy keeps its own.',
      { default: '100s', minimum: '1ms', maximum: longestTimer },
    ),
    maxConnections: integer('Connections open at the same time; 0 sets no limit.', {
      default: 10_000,
      minimum: 0,
      maximum: 1_000_000,
    }),
    maxConnectionsPerAddress: integer(
      'Connections open at the same time from one address; 0 sets no limit. Trusted proxies have none.',
      { default: 1000, minimum: 0, maximum: 1_000_000 },
    ),
    drainDelay: duration(
      'When the registry is stopped, `/readyz` says so for this long before new connections are refused.',
      { default: '0s', minimum: '0s', maximum: '1h' },
    ),
    drainTimeout: duration('Time running requests have to finish when the registry is stopped.', {
      default: '30s',
      minimum: '0s',
      maximum: longestTimer,
    }),
  },
  { description: 'How clients reach the registry.' },
)

const storage = Type.Object(
  {
    root: text('Data directory; a relative path starts at the working directory.', {
      default: './data',
    }),
    minFree: Type.Optional(
      size(
        'Refuses new uploads while the disk has less room left than this; when not set, 1GiB or a twentieth of the disk, whichever is less.',
        { minimum: '0B', maximum: '1024TiB' },
      ),
    ),
  },
  { description: 'Where content is kept.' },
)

const deletion = Type.Object(
  {
    enabled: boolean('Clients may delete blobs, manifests and tags.', { default: true }),
  },
  { description: 'Deleting through the API.' },
)

const uploads = Type.Object(
  {
    expireAfter: duration('Removes an unfinished upload that made no progress for this long.', {
      default: '24h',
      minimum: '1s',
      maximum: '365d',
    }),
    sweepInterval: duration('How often expired uploads are looked for.', {
      default: '15m',
      minimum: '1s',
      maximum: longestTimer,
    }),
  },
  { description: 'Uploads under way.' },
)

const manifests = Type.Object(
  {
    maxSize: size('Refuses a larger manifest; clients count on 4MiB.', {
      default: '4MiB',
      minimum: '1KiB',
      maximum: '64MiB',
    }),
    requireBlobs: boolean(
      'Refuses an image manifest whose config or layers are not in the repository.',
      { default: true },
    ),
    maxReferences: integer('Refuses a manifest that names more blobs and manifests than this.', {
      default: 5000,
      minimum: 1,
      maximum: 100_000,
    }),
    requireChildren: boolean('Refuses an index that lists a manifest not in the repository.', {
      default: false,
    }),
  },
  { description: 'What a pushed manifest must satisfy.' },
)

const integrity = Type.Object(
  {
    verifyAfter: duration(
      'A blob that is pulled whole is checked against its digest on the way, unless the same unchanged file was within this time; 0 checks every pull.',
      { default: '1h', minimum: '0s', maximum: '365d' },
    ),
    scrubInterval: duration(
      'In the background every blob is read and checked once in this time; 0 never does.',
      { default: '7d', minimum: '0s', maximum: '365d' },
    ),
    scrubRate: size('Bytes a second the background check reads at most.', {
      default: '20MiB',
      minimum: '64KiB',
      maximum: '10GiB',
    }),
  },
  { description: 'Finding content that went bad on the disk.' },
)

const lists = Type.Object(
  {
    maxPageSize: integer('Entries in one page of a catalog, tag or referrers list at most.', {
      default: 1000,
      minimum: 1,
      maximum: 10_000,
    }),
  },
  { description: 'Answers that list things.' },
)

const log = Type.Object(
  {
    level: choice(
      'Least severe messages to log.',
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      { default: 'info' },
    ),
    format: choice(
      'Form of a log line; `auto` is `text` on a terminal and `json` elsewhere.',
      ['auto', 'json', 'text'],
      { default: 'auto' },
    ),
  },
  { description: 'What is logged, and how.' },
)

export const schema = Type.Object({
  http,
  tls,
  auth,
  limits,
  storage,
  delete: deletion,
  uploads,
  manifests,
  integrity,
  gc,
  history,
  snapshots,
  pulls,
  policies,
  retention,
  activity,
  lists,
  log,
})

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T

/** The loaded configuration, frozen. Durations are milliseconds, sizes bytes. */
export type Config = DeepReadonly<Static<typeof schema>>

type PathOf<T> = {
  [Name in keyof T & string]: NonNullable<T[Name]> extends readonly unknown[]
    ? Name
    : NonNullable<T[Name]> extends object
      ? `${Name}.${PathOf<NonNullable<T[Name]>>}`
      : Name
}[keyof T & string]

/** A key's full name, e.g. `http.port`. */
export type KeyPath = PathOf<Required<{ [Name in keyof Config]: Required<Config[Name]> }>>
