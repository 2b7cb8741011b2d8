import type { Action } from '../../src/access/actions.ts'
import type { ApiServices } from './services.ts'

type Repositories = readonly string[] | Promise<readonly string[]>

interface Needs<Asked> {
  /** What must be allowed on each of the repositories. */
  readonly action: Action
  /** What else must be, once that is allowed: for what depends on what is there. */
  also?(asked: Asked, services: ApiServices): Promise<readonly Action[]>
  /**
   * The answer where a repository may not be pulled: to the byte what the handler gives where there is
   * none. Absent: it throws NAME_UNKNOWN.
   */
  absent?(asked: Asked): unknown
}

/** The repositories stand in the URL: decided before a body is read. */
export interface UrlNeeds<Path, Query> extends Needs<Omit<Checked<Path, Query, unknown>, 'body'>> {
  repo(asked: Omit<Checked<Path, Query, unknown>, 'body'>, services: ApiServices): Repositories
}

/** They stand in the body, or are found by what was asked: decided once that is read, before anything is done. */
export interface BodyNeeds<Path, Query, Body> extends Needs<Checked<Path, Query, Body>> {
  repoInBody(asked: Checked<Path, Query, Body>, services: ApiServices): Repositories
}

/** What was asked for, checked against the schemas. */
export interface Checked<Path, Query, Body> {
  readonly path: Path
  readonly query: Query
  readonly body: Body
}

/**
 * Who may ask for something.
 *
 * `open`: everybody; `signed-in`: whoever has said who they are; `admin`: who runs the registry; `accounts`: the
 * same for what outlasts a time in which nobody has to sign in;
 * `filtered`: everybody who may pull something, for the handler leaves out what the caller may not
 * pull; and else who may do something to the repositories that are named.
 */
export type AccessRule<Path, Query, Body> =
  | 'open'
  | 'signed-in'
  | 'admin'
  | 'accounts'
  | 'filtered'
  | UrlNeeds<Path, Query>
  | BodyNeeds<Path, Query, Body>
