import type { RepositoryName } from '../../oci/name.ts'

/** What an archive does with a repository: `pull` when it is made of it, `push` when it goes there. */
export type ArchiveAction = 'pull' | 'push'

/**
 * Asked once for each repository, before anything is read from it or written there; rejects with the
 * refusal if whoever asks may not do that. The one place where rights meet archives.
 */
export type Permit = (repository: RepositoryName, action: ArchiveAction) => Promise<void>
