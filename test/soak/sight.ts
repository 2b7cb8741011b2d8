import type { Look } from './registers.ts'
import { settle } from './registers.ts'
import type { World } from './world.ts'

/**
 * Something that a visible index is made of is visible, whatever else it was part of went; unless
 * somebody asked for it by name and got it deleted.
 */
export function comesBack(world: World, repository: string, digest: string, look: Look): void {
  const { manifests } = world
  const emptied = manifests.emptiedBy(repository, digest, { sent: look.sent, answered: Date.now() })
  if (emptied.some(({ asked }) => asked)) return
  const move = manifests.begin(repository, digest, { to: digest, asked: false, sent: look.sent })
  settle(move, true, look.answered)
}
