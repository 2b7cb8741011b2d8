import { backup } from './backup.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { config } from './config.ts'
import { gc } from './gc.ts'
import { rebuild } from './rebuild.ts'
import { restore } from './restore.ts'
import { rm } from './rm.ts'
import { serve } from './serve.ts'
import { tls } from './tls.ts'
import { version } from './version.ts'

/** Every command, in the order of the help. A new one is its own file and a line here. */
export const commands: readonly Command[] = [
  serve,
  rm,
  gc,
  check,
  backup,
  restore,
  rebuild,
  tls,
  config,
  version,
]
