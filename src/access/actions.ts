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

export type ParsedActions =
  | { readonly actions: readonly Action[]; readonly problem?: undefined }
  | { readonly actions?: undefined; readonly problem: string }

/** The actions of a list, each once and in their usual order: `pull,push`; `none` alone is no action. */
export function parseActions(text: string): ParsedActions {
  const words = text.split(',').map((word) => word.trim().toLowerCase())
  if (words.length === 1 && words[0] === 'none') return { actions: [] }
  const wrong = words.find((word) => !isAction(word))
  if (wrong === undefined) return { actions: actions.filter((action) => words.includes(action)) }
  const known = actions.join(', ')
  return {
    problem:
      wrong === 'none'
        ? '"none" stands alone: it is no action'
        : `${JSON.stringify(wrong.slice(0, 80))} is no action; there are ${known}, or none alone`,
  }
}

/** As {@link parseActions} reads it. */
export function writeActions(list: readonly Action[]): string {
  return list.length === 0 ? 'none' : list.join(',')
}
