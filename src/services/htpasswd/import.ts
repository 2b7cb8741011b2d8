import type { AccessTable } from '../../../storage/metadata/access/store.ts'
import { type HtpasswdProblem, parseHtpasswd } from './parse.ts'

export interface ImportedUsers {
  readonly created: readonly string[]
  /** Names that somebody has already; nothing of theirs was changed. */
  readonly taken: readonly string[]
  readonly problems: readonly HtpasswdProblem[]
}

/**
 * Makes an account of each user of an htpasswd file, with the hash as it is: people go on with the
 * password they have. From then on they are accounts like all others, and the file is not needed.
 */
export async function importHtpasswd(
  access: Pick<AccessTable, 'createAccount'>,
  text: string,
): Promise<ImportedUsers> {
  const { users, problems } = parseHtpasswd(text)
  const created: string[] = []
  const taken: string[] = []
  for (const [name, passwordHash] of users) {
    const made = await access.createAccount({
      name,
      kind: 'person',
      source: 'local',
      admin: false,
      passwordHash,
    })
    if (made === undefined) taken.push(name)
    else created.push(name)
  }
  return { created, taken, problems }
}
