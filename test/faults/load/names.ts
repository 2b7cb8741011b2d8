/** Where everybody pushes. */
export const repositories = ['team/app', 'team/base', 'web'] as const

/** Tags of one writer in each repository. */
const tagCount = 4

export function writerName(index: number): string {
  return `w${index}`
}

/** Tags that only this writer sets and deletes. */
export function tagsOf(writer: string): readonly string[] {
  return Array.from({ length: tagCount }, (_, index) => `${writer}-${index + 1}`)
}

/** A repository that only this writer mounts into, from anywhere. */
export function mountRepository(writer: string): string {
  return `mounts/${writer}`
}
