/** Keys about who may do what, and how often; see `schema.ts`. */
import { Type } from 'typebox'
import { actionProblem, anonymousPullProblem } from './access.ts'
import { boolean, checkedList, choice, duration, integer, size, text } from './fields.ts'

export const auth = Type.Object(
  {
    mode: choice(
      'Whether clients have to sign in, and may do what was granted to them: `users`; or whoever reaches the registry may do everything: `none`.',
      ['none', 'users'],
      { default: 'none' },
    ),
    anonymousPull: checkedList(
      anonymousPullProblem,
      'Repositories that can be pulled without signing in, as patterns: `public/**`.',
      { default: [] },
    ),
    htpasswd: Type.Optional(
      text(
        'File of users and bcrypt hashes, as `htpasswd -B` makes it; they may sign in beside the accounts made here. Read again when it changes.',
      ),
    ),
    htpasswdActions: checkedList(
      actionProblem,
      'What users of `auth.htpasswd` may do in all repositories for which nothing else was granted to them: `pull`, `push`, `overwrite`, `delete`.',
      { default: [] },
    ),
    tokenLifetime: duration('How long a token of `/token` is taken.', {
      default: '5m',
      minimum: '1m',
      maximum: '1h',
    }),
    refreshLifetime: duration(
      'How long `docker login` lasts where a client asks for a refresh token, from its last use.',
      { default: '90d', minimum: '1h', maximum: '3650d' },
    ),
    sessionLifetime: duration('How long a browser stays signed in at most.', {
      default: '12h',
      minimum: '5m',
      maximum: '30d',
    }),
    keyRotation: duration('How often a new key signs the tokens of `/token`.', {
      default: '30d',
      minimum: '1h',
      maximum: '3650d',
    }),
    failureWindow: duration('Time over which failed sign-ins are counted.', {
      default: '15m',
      minimum: '1s',
      maximum: '1d',
    }),
    failuresPerAccount: integer(
      'Failed sign-ins of one account from one network before further ones have to wait; 0 sets no limit.',
      { default: 10, minimum: 0, maximum: 1_000_000 },
    ),
    failuresPerNetwork: integer(
      'Failed sign-ins from one network (an IPv4 address, a /64 of IPv6) before further ones have to wait; 0 sets no limit.',
      { default: 100, minimum: 0, maximum: 1_000_000 },
    ),
  },
  { description: 'Who may do what.' },
)

export const tls = Type.Object(
  {
    certificate: Type.Optional(
      text(
        'PEM file with the certificate and those between it and its authority; the registry speaks HTTPS with it. Read again when it changes.',
      ),
    ),
    key: Type.Optional(text('PEM file with the private key of `tls.certificate`.')),
    clientCa: Type.Optional(
      text('PEM file with the authorities whose client certificates are taken.'),
    ),
    clientCertificates: choice(
      'Whether clients show a certificate of `tls.clientCa`: `required` refuses connections without one. A certificate signs in nobody.',
      ['none', 'optional', 'required'],
      { default: 'none' },
    ),
    ca: Type.Optional(
      text(
        'PEM file with the private authority that signed `tls.certificate`; anybody can get it at `/ca.crt`.',
      ),
    ),
    minVersion: choice('Oldest version of TLS that is spoken.', ['tls1.2', 'tls1.3'], {
      default: 'tls1.2',
    }),
  },
  { description: 'HTTPS.' },
)

export const limits = Type.Object(
  {
    requestsPerSecond: integer(
      'Requests of one client a second, on average; more are answered 429. A client is an account, or an address. 0 sets no limit.',
      { default: 0, minimum: 0, maximum: 1_000_000 },
    ),
    requestBurst: integer(
      'Requests of one client at once before `limits.requestsPerSecond` holds.',
      {
        default: 200,
        minimum: 1,
        maximum: 1_000_000,
      },
    ),
    bandwidth: size(
      'Bytes a second that one client is sent, over all its connections; slower where there is more to send. 0 sets no limit.',
      { default: '0B', minimum: '0B', maximum: '1024GiB' },
    ),
  },
  { description: 'How much of the registry one client may take.' },
)

export const activity = Type.Object(
  {
    keep: duration('How long it is told who did what.', {
      default: '90d',
      minimum: '1h',
      maximum: '3650d',
    }),
    pulls: boolean('Writes down pulls, too: who, what, and how often.', { default: true }),
  },
  { description: 'The log of who did what.' },
)
