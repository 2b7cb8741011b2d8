/** Kinds of what is written down in the activity log. */
export const activityActions = [
  'push',
  'pull',
  'delete',
  'restore',
  'tag',
  'sign-in',
  'sign-in-failed',
  'denied',
  'account',
  'group',
  'grant',
  'token',
  'rules',
  'collection',
] as const

export type ActivityAction = (typeof activityActions)[number]
