import type { NewActivity } from '../../../storage/metadata/activity/store.ts'
import type { Actor } from '../../oci/actor.ts'
import type { ActivityLog } from '../activity/activity.ts'

export interface NoteDeps {
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
}

type Noted = 'account' | 'group' | 'grant' | 'token'

/** Writes down who changed what about whom; never a secret. */
export type Note = (
  action: Noted,
  by: Actor,
  detail: NonNullable<NewActivity['detail']> & { readonly change: string },
) => void

export function createNote({ activity }: NoteDeps): Note {
  return (action, { name: actor, client, agent }, detail) => {
    activity?.note({ action, actor, client, agent, detail })
  }
}
