/** Names of the model's cells. None of their parts has a space. */
export interface Cell {
  readonly noun: 'tag' | 'manifest' | 'blob' | 'upload'
  readonly repository: string
  /** A tag, a digest, or an upload's id. */
  readonly name: string
}

/** The state of a blob or manifest that is there, or of an upload that is open. */
export const here = 'here'

export function tagCell(repository: string, tag: string): string {
  return `tag ${repository} ${tag}`
}

export function manifestCell(repository: string, digest: string): string {
  return `manifest ${repository} ${digest}`
}

export function blobCell(repository: string, digest: string): string {
  return `blob ${repository} ${digest}`
}

export function uploadCell(repository: string, id: string): string {
  return `upload ${repository} ${id}`
}

export function readCell(cell: string): Cell {
  const [noun, repository = '', name = ''] = cell.split(' ')
  if (noun !== 'tag' && noun !== 'manifest' && noun !== 'blob' && noun !== 'upload') {
    throw new Error(`not a cell: ${cell}`)
  }
  return { noun, repository, name }
}

/** Where it is asked for. */
export function pathOf({ noun, repository, name }: Cell): string {
  const rooms = { tag: 'manifests', manifest: 'manifests', blob: 'blobs', upload: 'blobs/uploads' }
  return `/v2/${repository}/${rooms[noun]}/${name}`
}
