import type { MetadataStore } from '../store.ts'

/** A call that changes something, on its way to the process that writes. */
export interface MetadataWrite {
  /** A group of `MetadataStore`; empty for the store itself. */
  readonly group: string
  readonly method: string
  readonly args: readonly unknown[]
}

type GroupName = {
  [Name in keyof MetadataStore]: MetadataStore[Name] extends object
    ? MetadataStore[Name] extends (...args: never[]) => unknown
      ? never
      : Name
    : never
}[keyof MetadataStore]

const inGroups: { readonly [Name in GroupName]?: readonly (keyof MetadataStore[Name])[] } = {
  blobs: ['commit', 'lease', 'mount', 'unlink'],
  uploads: ['create', 'remove'],
  manifests: ['put', 'lease', 'delete'],
  tags: ['delete'],
  trash: ['add', 'forget'],
  history: ['restore', 'forget'],
  deletions: ['perform', 'performAll', 'purge', 'undo'],
  garbage: [
    'begin',
    'end',
    'endInterrupted',
    'collectManifests',
    'collectBlobs',
    'noteMoves',
    'audit',
    'queueUntagged',
    'forget',
  ],
  accounts: ['recordDay', 'correct'],
  policies: ['put', 'measure'],
  integrity: ['markBlob', 'clearBlob', 'markManifest', 'rememberScrub'],
  pulls: ['counting', 'record'],
  access: [
    'createAccount',
    'createFirstAdmin',
    'changeAccount',
    'removeAccount',
    'renewPassword',
    'seen',
    'replaceSource',
    'addMember',
    'removeMember',
    'removeGroup',
    'grant',
    'revoke',
  ],
  activity: ['append', 'forget'],
  secrets: ['createToken', 'rotateToken', 'removeToken', 'create', 'used', 'remove', 'forget'],
}

/** Of the store itself. */
const ofStore: readonly string[] = ['probe']

const writing: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ofStore],
  ...Object.entries(inGroups),
])

/** The methods of a group that write. All others only read. */
export function writesOf(group: string): readonly string[] {
  return writing.get(group) ?? []
}

/** Does what another process sent. @throws Error for anything but a write. */
export async function performWrite(
  store: MetadataStore,
  { group, method, args }: MetadataWrite,
): Promise<unknown> {
  if (!writesOf(group).includes(method)) throw new Error(`${group}.${method} is no write`)
  const target = (group === '' ? store : store[group as GroupName]) as unknown as Readonly<
    Record<string, (...args: readonly unknown[]) => Promise<unknown>>
  >
  return target[method]?.(...args)
}
