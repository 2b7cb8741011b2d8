#!/usr/bin/env -S node --max-semi-space-size=4
// The flag: with a small young generation, buffers of streams in transit are freed soon.
import { processEnvironment } from '../config/environment.ts'
import { commands } from './commands/all.ts'
import { dispatch } from './commands/dispatch.ts'

const { argv, stdout, stderr } = process
const io = { stdout, stderr, env: processEnvironment() }

process.exitCode = await dispatch('layerhouse', commands, argv.slice(2), io)
