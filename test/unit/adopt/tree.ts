import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { loadConfig } from '../../../config/load.ts'
import { type AdoptReport, type AdoptTask, adopt } from '../../../src/adoption.ts'
import { type Content, contentOf, imageOf, randomContent } from '../../helpers/push.ts'

/** When the tags of a tree were pushed. */
export const pushedAt = new Date('2021-03-04T05:06:07.000Z')

/** A storage root of registry:2, made by hand. */
export interface Tree {
  readonly root: string
  /** Absolute path of a file below `docker/registry/v2`. */
  path(...parts: readonly string[]): string
  /** Absolute path of a blob's bytes. */
  dataOf(content: Pick<Content, 'digest'>): string
  write(text: string | Buffer, ...parts: readonly string[]): void
  blob(content: Content): void
  /** A blob and the repository's right to it. */
  layer(repository: string, content: Content): Content
  /** A manifest by its digest alone. */
  manifest(repository: string, content: Content): Content
  tag(repository: string, tag: string, content: Pick<Content, 'digest'>): void
  /** A whole image of random content under a tag. */
  image(repository: string, tag: string): Image
}

export interface Image {
  readonly config: Content
  readonly layer: Content
  readonly manifest: Content
}

const slashed = ({ digest }: Pick<Content, 'digest'>) => digest.replace(':', '/')

export function makeTree(t: Test): Tree {
  const above = mkdtempSync(join(tmpdir(), 'layerhouse-adopt-'))
  t.teardown(() => rmSync(above, { recursive: true }))
  const root = join(above, 'registry')
  const path = (...parts: readonly string[]) => join(root, 'docker/registry/v2', ...parts)
  const dataOf = ({ digest }: Pick<Content, 'digest'>) => {
    const [algorithm = '', hex = ''] = digest.split(':')
    return path('blobs', algorithm, hex.slice(0, 2), hex, 'data')
  }
  const writeFile = (file: string, text: string | Buffer) => {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const write = (text: string | Buffer, ...parts: readonly string[]) =>
    writeFile(path(...parts), text)
  const blob = (content: Content) => writeFile(dataOf(content), content.bytes)
  const layer = (repository: string, content: Content) => {
    blob(content)
    write(content.digest, 'repositories', repository, '_layers', slashed(content), 'link')
    return content
  }
  const manifest = (repository: string, content: Content) => {
    blob(content)
    const revision = ['_manifests/revisions', slashed(content), 'link']
    write(content.digest, 'repositories', repository, ...revision)
    return content
  }
  const tag = (repository: string, name: string, content: Pick<Content, 'digest'>) => {
    const place = ['repositories', repository, '_manifests/tags', name]
    write(content.digest, ...place, 'current/link')
    write(content.digest, ...place, 'index', slashed(content), 'link')
    utimesSync(path(...place, 'current/link'), pushedAt, pushedAt)
  }
  const image = (repository: string, name: string): Image => {
    const config = layer(repository, randomContent(64))
    const content = layer(repository, randomContent(700))
    const made = manifest(repository, imageOf(config, [content]))
    tag(repository, name, made)
    return { config, layer: content, manifest: made }
  }
  mkdirSync(path('repositories'), { recursive: true })
  mkdirSync(path('blobs'), { recursive: true })
  return { root, path, dataOf, write, blob, layer, manifest, tag, image }
}

/** Adopts a tree into a data directory, its own root if none is given. */
export function adoptTree(
  tree: Pick<Tree, 'root'>,
  {
    root = tree.root,
    env = {},
    ...task
  }: Partial<AdoptTask> & {
    readonly root?: string
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<AdoptReport> {
  const { config } = loadConfig({ env: { LAYERHOUSE_STORAGE_ROOT: root, ...env }, flags: {} })
  return adopt(config, { source: tree.root, way: 'link', dryRun: false, ...task })
}

/** Findings without what a test does not compare. */
export function outlineOf({ findings }: AdoptReport): readonly string[] {
  return findings
    .map(({ what, problem, repository, tag, leftOut }) =>
      [what, problem, repository, tag, leftOut ? 'left out' : 'kept']
        .filter((part) => part !== undefined)
        .join(' '),
    )
    .sort()
}

export const schema1 = (name: string): Content =>
  contentOf(
    JSON.stringify({
      schemaVersion: 1,
      name,
      tag: 'old',
      architecture: 'amd64',
      fsLayers: [],
      history: [],
    }),
  )
