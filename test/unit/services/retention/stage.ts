import type { Test } from 'tap'
import type { ImmutabilityRule, RetentionRule } from '../../../../src/policies/rules.ts'
import { createRetention, type RetentionDeps } from '../../../../src/services/retention/create.ts'
import type { MetadataStore } from '../../../../storage/metadata/store.ts'
import { manifest, name, tag } from '../../../contract/metadata/fixtures.ts'
import { openSqliteSubject } from '../../../contract/metadata/sqlite-subject.ts'
import { start } from '../../../contract/metadata/subject.ts'

export const day = 86_400_000

export function rule(title: string, rest: Partial<RetentionRule>): RetentionRule {
  return { name: title, repositories: ['**'], tags: ['*'], ...rest }
}

/** Retention over a store of its own, whose clock stands still. */
export async function openStage(t: Test, deps: Partial<RetentionDeps> = {}) {
  const { store, clock } = await start(t, openSqliteSubject)
  const failures: string[] = []
  const retention = createRetention({
    metadata: store,
    onFailure: (repository, error) => failures.push(`${repository}: ${error}`),
    now: () => clock.now,
    ...deps,
  })
  return {
    store,
    clock,
    failures,
    retention,
    /** Pushes tags a day apart, each on an image of its own; the last one now. */
    async pushDaily(repository: string, ...tags: readonly string[]) {
      for (const text of tags) {
        clock.now += day
        const image = manifest(`${repository}:${text}`)
        await store.manifests.put(name(repository), image, [tag(text)])
      }
    },
    putRules: (rules: readonly RetentionRule[], version = 0) =>
      store.policies.put('retention', rules, version, { client: 'test' }),
    protect: (rules: readonly ImmutabilityRule[]) =>
      store.policies.put('immutability', rules, 0, { client: 'test' }),
  }
}

export async function tagsOf(store: MetadataStore, repository: string): Promise<readonly string[]> {
  return (await store.tags.list(name(repository), { limit: 100_000 })) ?? []
}
