import type { AdoptionFinding } from '../adoption.ts'

/** `tag team/app:1.2 (sha256:…): no manifest, left out` */
function formatFinding(finding: AdoptionFinding): string {
  const { what, problem, repository, tag, digest, path, detail, leftOut } = finding
  const name = tag === undefined ? repository : `${repository}:${tag}`
  const place =
    path ?? (tag === undefined && name && digest ? `${name}@${digest}` : (name ?? digest))
  const about = tag !== undefined && digest !== undefined ? ` (${digest})` : ''
  const facts = [detail, leftOut ? 'left out' : undefined].filter((fact) => fact !== undefined)
  return `${what} ${place}${about}: ${[problem, ...facts].join('; ')}\n`
}

/** One line for each. */
export function formatFindings(findings: readonly AdoptionFinding[]): string {
  return findings.map(formatFinding).join('')
}
