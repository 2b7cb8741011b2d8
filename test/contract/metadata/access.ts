import type { Test } from 'tap'
import { accessAccountCases } from './access/accounts.ts'
import { grantCases } from './access/grants.ts'
import { groupCases } from './access/groups.ts'
import { secretCases } from './access/secrets.ts'
import { accessSourceCases } from './access/sources.ts'
import { tokenCases } from './access/tokens.ts'
import { versionCases } from './access/version.ts'
import type { OpenSubject } from './subject.ts'

export function accessCases(t: Test, open: OpenSubject): void {
  accessAccountCases(t, open)
  accessSourceCases(t, open)
  groupCases(t, open)
  grantCases(t, open)
  versionCases(t, open)
  tokenCases(t, open)
  secretCases(t, open)
}
