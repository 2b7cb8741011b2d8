import { adopt } from './adopt.ts'
import { backup } from './backup.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { config } from './config.ts'
import { exportArchive } from './export.ts'
import { gc } from './gc.ts'
import { access, grant, revoke } from './grant.ts'
import { group } from './group.ts'
import { importArchive } from './import.ts'
import { rebuild } from './rebuild.ts'
import { restore } from './restore.ts'
import { rm } from './rm.ts'
import { serve } from './serve.ts'
import { tls } from './tls.ts'
import { token } from './token.ts'
import { user } from './user.ts'
import { version } from './version.ts'

/** Every command, in the order of the help. A new one is its own file and a line here. */
export const commands: readonly Command[] = [
  serve,
  rm,
  importArchive,
  exportArchive,
  gc,
  user,
  group,
  grant,
  revoke,
  access,
  token,
  check,
  backup,
  restore,
  rebuild,
  adopt,
  tls,
  config,
  version,
]
