/**
 * Runs the official OCI conformance suite against a fresh Layerhouse, once for the development
 * version of the specification and once for 1.1. The last line is `N passed, N failed` and, where
 * the suite can't be had, `, 1 skipped`; the exit code is 0 only if nothing failed.
 */
import { addUser } from '../helpers/e2e/accounts.ts'
import { run } from '../helpers/e2e/command.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import { createScope, temporaryDirectory } from '../helpers/e2e/scope.ts'
import { findSuite, suite } from './suite.ts'
import { type Expectation, judge, readSummary, type Summary } from './summary.ts'

interface Leg extends Expectation {
  readonly title: string
  readonly suite: Readonly<Record<string, string>>
  readonly server: Readonly<Record<string, string>>
  /** Whether the suite has to sign in, as somebody with rights on the repositories it uses. */
  readonly signsIn?: boolean
}

const legs: readonly Leg[] = [
  {
    title: 'development version, with manifests whose blobs are missing',
    suite: { OCI_VERSION: 'dev', OCI_DATA_SPARSE: 'true' },
    server: { LAYERHOUSE_MANIFESTS_REQUIRE_BLOBS: 'false' },
    atLeast: 1032,
    disabled: [],
  },
  {
    title: 'version 1.1, with the default configuration',
    suite: { OCI_VERSION: '1.1' },
    server: {},
    atLeast: 862,
    // Cancelling an upload came after 1.1.
    disabled: [
      'sha256 blobs/post cancel/blob-post-cancel',
      'sha512 blobs/post cancel/blob-post-cancel',
    ],
  },
  {
    title: 'development version, where clients have to sign in',
    suite: { OCI_VERSION: 'dev', OCI_DATA_SPARSE: 'true' },
    server: { LAYERHOUSE_MANIFESTS_REQUIRE_BLOBS: 'false', LAYERHOUSE_AUTH_MODE: 'users' },
    signsIn: true,
    atLeast: 1024,
    disabled: [],
    // The suite mounts with a token for the target alone: what that does not name is not there.
    skipped: ['sha256', 'sha512'].flatMap((algorithm) => [
      `${algorithm} blobs/mount/blob-mount`,
      `${algorithm} blobs/mount anonymous/blob-mount-anonymous`,
    ]),
  },
]

/** Makes the account that the suite signs in with. */
async function signInAs(registry: Registry): Promise<Readonly<Record<string, string>>> {
  const password = 'conformance suite'
  await addUser(registry, 'suite', password, { 'conformance/**': 'pull,push,overwrite,delete' })
  const repositories = { OCI_REPO1: 'conformance/one', OCI_REPO2: 'conformance/two' }
  return { ...repositories, OCI_USERNAME: 'suite', OCI_PASSWORD: password }
}

interface Totals {
  readonly passed: number
  readonly failed: number
}

function report(leg: Leg, summary: Summary): Totals {
  const problems = judge(summary, leg)
  const counts = [...summary.counts].map(([status, count]) => `${status} ${count}`)
  console.log(`${summary.total} tests: ${counts.join(', ')}`)
  for (const problem of problems) console.log(`  ${problem}`)
  if (problems.length > 0) {
    for (const { status, name } of summary.notPassed) console.log(`    ${status}: ${name}`)
  }
  const passed = summary.counts.get('Pass') ?? 0
  const notPassed = summary.total - passed - leg.disabled.length - (leg.skipped?.length ?? 0)
  return { passed, failed: problems.length === 0 ? 0 : Math.max(1, notPassed) }
}

async function runLeg(program: string, leg: Leg): Promise<Totals> {
  console.log(`\n--- ${leg.title}`)
  const scope = createScope()
  try {
    const registry = await startRegistry(scope, { env: leg.server })
    const env = {
      ...leg.suite,
      ...(leg.signsIn ? await signInAs(registry) : {}),
      OCI_REGISTRY: registry.host,
      OCI_TLS: 'disabled',
      OCI_RESULTS_DIR: await temporaryDirectory(scope),
    }
    const { code, stdout, stderr } = await run(program, [], { env, timeout: 300_000 })
    const totals = report(leg, readSummary(stdout))
    if (totals.failed > 0) console.log(stderr)
    if (code !== 0 && totals.failed === 0) {
      console.log(`  the suite ended with code ${code}, whatever its report says`)
      return { ...totals, failed: 1 }
    }
    return totals
  } finally {
    await scope.close()
  }
}

function announceSkip(refusal: string): void {
  const line = '!'.repeat(78)
  console.log(`${line}
!! THE OCI CONFORMANCE SUITE WAS NOT RUN: the Go module proxy does not give out
!!   ${suite}
!! Build it elsewhere and name the program in OCI_CONFORMANCE to run it here.
!! Go says:
${refusal.replace(/^/gm, '!!   ')}
${line}`)
}

async function main(): Promise<void> {
  const scope = createScope()
  try {
    const { path, refusal } = await findSuite(scope)
    if (path === undefined) {
      announceSkip(refusal)
      console.log('0 passed, 0 failed, 1 skipped')
      return
    }
    const totals = { passed: 0, failed: 0 }
    for (const leg of legs) {
      const { passed, failed } = await runLeg(path, leg)
      totals.passed += passed
      totals.failed += failed
    }
    console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
    if (totals.failed > 0) process.exitCode = 1
  } finally {
    await scope.close()
  }
}

main().catch((error: unknown) => {
  console.log(error instanceof Error ? error.message : error)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
