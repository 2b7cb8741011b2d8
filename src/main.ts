#!/usr/bin/env node
import { processEnvironment } from '../config/environment.ts'
import { commands } from './commands/all.ts'
import { dispatch } from './commands/dispatch.ts'

const { argv, stdout, stderr } = process
const io = { stdout, stderr, env: processEnvironment() }

process.exitCode = await dispatch('layerhouse', commands, argv.slice(2), io)
