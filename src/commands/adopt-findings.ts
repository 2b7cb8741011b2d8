import type { AdoptionFinding } from '../adoption.ts'

function nameOf({ repository, tag, digest, path }: AdoptionFinding): string | undefined {
  if (tag !== undefined) return `${repository}:${tag}`
  if (path !== undefined) return path
  return repository === undefined ? digest : `${repository}@${digest}`
}

/** `tag team/app:1.2: no manifest; sha256:…; left out` */
function formatFinding(finding: AdoptionFinding): string {
  const { what, problem, tag, digest, path, detail, leftOut } = finding
  const facts = [
    problem,
    tag === undefined ? undefined : digest,
    detail,
    leftOut ? 'left out' : undefined,
  ].filter((fact) => fact !== undefined)
  const place = tag !== undefined && path !== undefined ? ` (${path})` : ''
  return `${what} ${nameOf(finding)}: ${facts.join('; ')}${place}\n`
}

/** One line for each. */
export function formatFindings(findings: readonly AdoptionFinding[]): string {
  return findings.map(formatFinding).join('')
}
