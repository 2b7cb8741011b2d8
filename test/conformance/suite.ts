import { join } from 'node:path'
import { run } from '../helpers/e2e/command.ts'
import { type Scope, temporaryDirectory } from '../helpers/e2e/scope.ts'

/** The official suite at the commit whose results we expect. */
export const suite =
  'github.com/opencontainers/distribution-spec/conformance@967efdc079b91785ad18c77cc4f8991a47feefbf'

const modulePath = suite.slice(0, suite.indexOf('@'))

/** The program, or Go's own words on why the module proxy won't give it out. */
export type Suite =
  | { readonly path: string; readonly refusal?: undefined }
  | { readonly refusal: string; readonly path?: undefined }

/**
 * True only if a module proxy answered that it does not have or does not give out the suite itself:
 * a compiler error, a broken network or another missing module is none of this.
 */
export function isRefusal(words: string): boolean {
  const answer = /reading https?:\/\/\S+: (?:403|404|410) /
  return words.split('\n').some((line) => line.includes(modulePath) && answer.test(line))
}

/**
 * Finds the suite's program: the one `OCI_CONFORMANCE` names, or built by `go install`.
 * @throws Error for anything but a proxy's refusal.
 */
export async function findSuite(scope: Scope): Promise<Suite> {
  const path = process.env['OCI_CONFORMANCE']
  if (path) return { path }
  const directory = await temporaryDirectory(scope)
  const { code, stderr } = await run('go', ['install', suite], {
    env: { GOBIN: directory },
    timeout: 300_000,
  })
  if (code === 0) return { path: join(directory, 'conformance') }
  if (isRefusal(stderr)) return { refusal: stderr.trim() }
  throw new Error(`go install ${suite} failed:\n${stderr}`)
}
