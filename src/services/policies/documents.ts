import type { PolicyDocument } from '../../../storage/metadata/policies/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Actor } from '../../oci/actor.ts'
import { type Problem, readRules } from '../../policies/read.ts'
import { type Policies, type PolicyKind, policyKinds } from '../../policies/rules.ts'
import type { Written } from '../../policies/schemas.ts'
import { writeRules } from '../../policies/write.ts'

export type { Policies, PolicyKind, Problem, Written }

/** The rules of one kind as the API shows them. */
export type PolicyAnswer<Kind extends PolicyKind> = Written<Kind> & {
  /** 0 before the first rules were put. An ETag is made of it. */
  readonly version: number
  /** Milliseconds since 1970; `undefined` at version 0. */
  readonly changedAt: number | undefined
  readonly changedBy: Actor | undefined
  /** The file the rules come from; they can't be put then. */
  readonly file: string | undefined
}

/** Why rules were not put. */
export class PolicyPutError extends Error {
  override readonly name = 'PolicyPutError'
  /**
   * `file`: they come from a file (403); `version`: they were changed in the meantime (412);
   * `invalid`: they have mistakes (422).
   */
  readonly reason: 'file' | 'version' | 'invalid'
  /** Of `invalid`: each with its place in what was sent. */
  readonly problems: readonly Problem[]

  constructor(
    reason: PolicyPutError['reason'],
    message: string,
    problems: readonly Problem[] = [],
  ) {
    super(message)
    this.reason = reason
    this.problems = problems
  }
}

/** Retention rules, immutability and quotas, as documents. */
export interface PolicyDocuments {
  get<Kind extends PolicyKind>(kind: Kind): Promise<PolicyAnswer<Kind>>
  /**
   * Replaces the rules of a kind; they hold at once, in every process.
   * @param written `{rules: […]}` as `writtenSchemas` of `src/policies/schemas.ts` says.
   * @param expected the version that the caller saw (`If-Match`).
   * @throws PolicyPutError; nothing is changed.
   */
  put<Kind extends PolicyKind>(
    kind: Kind,
    written: unknown,
    expected: number,
    actor: Actor,
  ): Promise<PolicyAnswer<Kind>>
}

export interface PolicyDocumentDeps {
  readonly metadata: Pick<MetadataStore, 'policies'>
  /** The file the rules come from, if they do; see {@link adoptPolicies}. */
  readonly file?: string | undefined
}

/**
 * Makes the rules of a file those in force. What is the same already keeps its version.
 * @param file its path, written down as who changed them.
 */
export async function adoptPolicies(
  { policies }: Pick<MetadataStore, 'policies'>,
  file: string,
  rules: Policies,
): Promise<void> {
  for (const kind of policyKinds) {
    const stored = await policies.get(kind)
    if (JSON.stringify(stored?.rules ?? []) === JSON.stringify(rules[kind])) continue
    await policies.put(kind, rules[kind], stored?.version ?? 0, { client: file })
  }
}

export function createPolicyDocuments({ metadata, file }: PolicyDocumentDeps): PolicyDocuments {
  const { policies } = metadata

  function answer<Kind extends PolicyKind>(
    kind: Kind,
    stored: PolicyDocument<Kind> | undefined,
  ): PolicyAnswer<Kind> {
    const written = writeRules(kind, (stored?.rules ?? []) as Policies[Kind])
    const { version = 0, changedAt, actor: changedBy } = stored ?? {}
    return { ...written, version, changedAt, changedBy, file }
  }

  async function get<Kind extends PolicyKind>(kind: Kind): Promise<PolicyAnswer<Kind>> {
    return answer(kind, await policies.get(kind))
  }

  return {
    get,
    async put(kind, written, expected, actor) {
      if (file !== undefined) {
        const how = `change them there and start again, or remove policies.file from the configuration`
        throw new PolicyPutError('file', `the rules come from the file ${file}; ${how}`)
      }
      const read = readRules(kind, written)
      if (!read.ok) {
        const message = read.problems.map((problem) => problem.message).join('; ')
        throw new PolicyPutError('invalid', message, read.problems)
      }
      const version = await policies.put(kind, read.rules, expected, actor)
      if (version === undefined) {
        const message = `the ${kind} rules are not those of version ${expected} any more; read them again`
        throw new PolicyPutError('version', message)
      }
      return get(kind)
    },
  }
}
