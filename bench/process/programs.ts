import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The absolute path of a program: on PATH by its name, or where its path says. */
export function findProgram(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  if (isAbsolute(name) || name.includes('/')) return isProgram(name) ? resolve(name) : undefined
  return path
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isProgram)
}
