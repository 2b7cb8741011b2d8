#!/usr/bin/env -S node --max-semi-space-size=2 --v8-pool-size=1
// The flags: a small young generation and one thread for the collector. With more of both, memory
// grows by 15 MB a process, and nothing gets faster.
import { processEnvironment } from '../config/environment.ts'
import { commands } from './commands/all.ts'
import { dispatch } from './commands/dispatch.ts'

const { argv, stdin, stdout, stderr } = process
const io = { stdin, stdout, stderr, env: processEnvironment() }

process.exitCode = await dispatch('layerhouse', commands, argv.slice(2), io)
