import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Test } from 'tap'
import type { BackupReport } from '../../../../storage/backup/create.ts'
import { createBackup } from '../../../../storage/backup/create.ts'
import { keysIn, prefixes } from '../../../../storage/blobs/filesystem/fan-out.ts'
import type { StorageKey } from '../../../../storage/blobs/store.ts'
import type { Client } from '../../../helpers/client.ts'
import { type Content, type ImageParts, pushImage } from '../../../helpers/push.ts'
import { startRegistry, type TestRegistry } from '../../../helpers/registry.ts'

/** A registry with two images in one repository, and a directory of the test's own beside its root. */
export interface World {
  readonly directory: string
  readonly root: string
  /** Below the directory. */
  path(name: string): string
  readonly registry: TestRegistry
  readonly images: readonly [ImageParts, ImageParts]
}

export function newDirectory(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'layerhouse-backup-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  return path
}

export async function startWorld(t: Test): Promise<World> {
  const directory = newDirectory(t)
  const root = join(directory, 'data')
  const registry = await startRegistry(t, { root })
  const images = [
    await pushImage(registry.request, 'team/app', 'v1'),
    await pushImage(registry.request, 'team/app', 'v2'),
  ] as const
  return { directory, root, path: (name) => join(directory, name), registry, images }
}

/** A backup of the world's registry to `backup`. */
export function backUp({ root, path }: World, options = {}): Promise<BackupReport> {
  return createBackup({
    root,
    directory: path('backup'),
    copy: false,
    version: '1.2.3',
    ...options,
  })
}

export async function objectsIn(root: string): Promise<readonly StorageKey[]> {
  const keys: StorageKey[] = []
  for (const prefix of prefixes) keys.push(...(await keysIn(join(root, 'blobs'), prefix)))
  return keys.sort()
}

/** Path of the only object of some content. */
export async function objectOf(root: string, { digest }: Pick<Content, 'digest'>): Promise<string> {
  const hex = digest.slice(digest.indexOf(':') + 1)
  const found = (await objectsIn(root)).filter((key) => key.includes(hex))
  if (found.length !== 1) throw new Error(`${found.length} objects of ${digest}`)
  return join(root, 'blobs', found[0] as string)
}

export function inode(path: string): number {
  return statSync(path).ino
}

export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory).sort()
}

/** Whether an image can be pulled whole. */
export async function pulls(request: Client, tag: string, image: ImageParts): Promise<boolean> {
  const manifest = await request('GET', `/v2/team/app/manifests/${tag}`)
  if (!manifest.body.equals(image.manifest.bytes)) return false
  for (const { digest, bytes } of [image.config, ...image.layers]) {
    const blob = await request('GET', `/v2/team/app/blobs/${digest}`)
    if (!blob.body.equals(bytes)) return false
  }
  return true
}

/** Changes a metadata file behind everybody's back, and leaves nothing beside it. */
export function tamper(file: string, sql: string): void {
  const db = new Database(file)
  db.exec(sql)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}
