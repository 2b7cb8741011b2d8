/**
 * What somebody may do in a repository. Each stands for itself, but for `admin`, which is all of them.
 * `push` makes what was not there (blobs, manifests, new tags, the same tag again); `overwrite` lets a
 * tag point elsewhere; `delete` removes tags, manifests, blobs and the repository, and brings them
 * back; `admin` also gives rights to others.
 */
export const actions = ['pull', 'push', 'overwrite', 'delete', 'admin'] as const

export type Action = (typeof actions)[number]

export function isAction(text: string): text is Action {
  return (actions as readonly string[]).includes(text)
}
