import type { Action } from '../../../src/access/actions.ts'

/*
 * What must come of each request, written down apart from the code: by the words of the distribution
 * specification, Docker's token authentication and our own documents. Nothing here imports a table of
 * the code's.
 */

/** A request, with `N` for the repository and the rest made by the test. */
export interface Request {
  readonly title: string
  readonly method: string
  /** Below `/v2/`. */
  readonly path: string
  /** What it takes in the repository; none of them for what any known client may ask. */
  readonly needs: Action | 'known' | 'list'
  /** Scope of the challenge; `undefined`: none. */
  readonly scope: string | undefined
  /** The answer where it is allowed. */
  readonly allowed: number
}

const pull = 'repository:team/app:pull'
const push = 'repository:team/app:pull,push'
const remove = 'repository:team/app:delete'

/** Paths: `{tag}` is there, `{digest}` a manifest, `{blob}` a blob, `{upload}` one of the caller's. */
export const requests: readonly Request[] = [
  ...(['GET', 'HEAD'] as const).flatMap((method): readonly Request[] => [
    { title: 'base', method, path: '', needs: 'known', scope: undefined, allowed: 200 },
    {
      title: 'catalog',
      method,
      path: '_catalog',
      needs: 'list',
      scope: 'registry:catalog:*',
      allowed: 200,
    },
    ...(
      [
        ['tags', 'tags/list'],
        ['manifest by tag', 'manifests/{tag}'],
        ['manifest by digest', 'manifests/{digest}'],
        ['blob', 'blobs/{blob}'],
        ['referrers', 'referrers/{digest}'],
      ] as const
    ).map(
      ([title, path]): Request => ({
        title,
        method,
        path: `team/app/${path}`,
        needs: 'pull',
        scope: pull,
        allowed: 200,
      }),
    ),
  ]),
  ...(
    [
      ['upload begun', 'POST', 'blobs/uploads/', 202],
      ['upload asked for', 'GET', 'blobs/uploads/{upload}', 204],
      ['upload asked for', 'HEAD', 'blobs/uploads/{upload}', 204],
      ['upload goes on', 'PATCH', 'blobs/uploads/{upload}', 202],
      ['upload ends', 'PUT', 'blobs/uploads/{upload}?digest={empty}', 201],
      ['upload cancelled', 'DELETE', 'blobs/uploads/{upload}', 204],
      ['manifest to a new tag', 'PUT', 'manifests/{new}', 201],
      ['manifest to the same tag', 'PUT', 'manifests/{tag}', 201],
    ] as const
  ).map(
    ([title, method, path, allowed]): Request => ({
      title,
      method,
      path: `team/app/${path}`,
      needs: 'push',
      scope: push,
      allowed,
    }),
  ),
  ...(
    [
      ['tag', 'manifests/{spare}'],
      ['manifest', 'manifests/{spareDigest}'],
      ['blob', 'blobs/{spareBlob}'],
    ] as const
  ).map(
    ([title, path]): Request => ({
      title,
      method: 'DELETE',
      path: `team/app/${path}`,
      needs: 'delete',
      scope: remove,
      allowed: 202,
    }),
  ),
  ...(
    [
      ['', 'PUT'],
      ['', 'DELETE'],
      ['_catalog', 'POST'],
      ['team/app/tags/list', 'DELETE'],
      ['team/app/manifests/{tag}', 'POST'],
      ['team/app/manifests/{tag}', 'PATCH'],
      ['team/app/blobs/{blob}', 'PUT'],
      ['team/app/referrers/{digest}', 'DELETE'],
      ['team/app/blobs/uploads/', 'DELETE'],
      ['team/app/blobs/uploads/', 'GET'],
      ['team/app/blobs/uploads/{upload}', 'POST'],
    ] as const
  ).map(
    ([path, method]): Request => ({
      title: 'no such method',
      method,
      path,
      needs: 'known',
      scope: undefined,
      allowed: 405,
    }),
  ),
  {
    title: 'no such endpoint',
    method: 'GET',
    path: 'team/app/nothing',
    needs: 'known',
    scope: undefined,
    allowed: 404,
  },
]

/** Rights in `team/app`. */
export const rights = ['none', 'pull', 'push', 'overwrite', 'delete', 'admin'] as const
export type Right = (typeof rights)[number]

/** How somebody shows who they are. */
export const credentials = [
  'nothing',
  'empty basic',
  // One that costs no hash: passwords are tried elsewhere.
  'wrong secret',
  'wrong bearer',
  'malformed',
  'basic',
  'personal token as bearer',
  'personal token for something else',
  'robot',
  'signed for all of it',
  'signed for pulls',
  'signed for nothing',
  'signed for somewhere else',
  'signed for nobody',
  'refresh token as bearer',
  'session cookie',
  'operator',
  'wrong operator',
] as const
export type CredentialKind = (typeof credentials)[number]

/** What an answer must be. */
export interface Expected {
  readonly status: number
  /** `error` of the challenge; `none`: a challenge without one. `undefined`: no challenge. */
  readonly challenge?: 'none' | 'invalid_token' | 'insufficient_scope'
}

const nobody: ReadonlySet<CredentialKind> = new Set(['nothing', 'empty basic', 'session cookie'])
const wrong: ReadonlySet<CredentialKind> = new Set(['wrong secret', 'malformed'])
const wrongTokens: ReadonlySet<CredentialKind> = new Set([
  'wrong bearer',
  'refresh token as bearer',
  'wrong operator',
])

/** What a credential lets its owner do at most. */
function mayUse(credential: CredentialKind, needs: Action): boolean {
  switch (credential) {
    case 'signed for pulls':
      return needs === 'pull'
    case 'signed for nothing':
    case 'signed for somewhere else':
    case 'signed for nobody':
    case 'personal token for something else':
      return false
    default:
      return true
  }
}

function may(credential: CredentialKind, right: Right, needs: Action): boolean {
  if (credential === 'operator') return true
  return (right === 'admin' || right === needs) && mayUse(credential, needs)
}

export function isSigned(credential: CredentialKind): boolean {
  return credential.startsWith('signed')
}

/** The cell of the matrix. */
export function expected(
  { needs, allowed }: Pick<Request, 'needs' | 'allowed'>,
  credential: CredentialKind,
  right: Right,
): Expected {
  if (nobody.has(credential)) return { status: 401, challenge: 'none' }
  if (wrong.has(credential)) return { status: 401, challenge: 'none' }
  if (wrongTokens.has(credential)) return { status: 401, challenge: 'invalid_token' }
  if (needs === 'known') return { status: allowed }
  if (needs === 'list') {
    const listed = !isSigned(credential) || credential === 'signed for all of it'
    return listed ? { status: allowed } : { status: 401, challenge: 'insufficient_scope' }
  }
  if (may(credential, right, needs)) return { status: allowed }
  return isSigned(credential) ? { status: 401, challenge: 'insufficient_scope' } : { status: 403 }
}
