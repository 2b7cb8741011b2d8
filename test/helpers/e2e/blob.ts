import { must } from './command.ts'
import { sha256 } from './digest.ts'

/** Addresses of one repository, for tests that speak HTTP by hand. */
export interface Repository {
  /** `http://host:port/v2/<name>`. */
  readonly address: string
}

/** Begins an upload; gives its absolute address. */
export async function beginUpload({ address }: Repository): Promise<string> {
  // A connection that is kept for later would count as one the registry left open.
  const headers = { connection: 'close' }
  const response = await fetch(`${address}/blobs/uploads/`, { method: 'POST', headers })
  const location = response.headers.get('location')
  if (response.status !== 202 || location === null) {
    throw new Error(`POST of an upload was answered ${response.status}`)
  }
  return new URL(location, address).href
}

/** The address that ends an upload. */
export function closingAddress(location: string, digest: string): string {
  const url = new URL(location)
  url.searchParams.set('digest', digest)
  return url.href
}

/** Ends an upload whose content is there; throws unless it is accepted. */
export async function endUpload(location: string, digest: string): Promise<void> {
  const response = await fetch(closingAddress(location, digest), { method: 'PUT' })
  if (response.status !== 201) {
    throw new Error(`PUT was answered ${response.status}: ${await response.text()}`)
  }
}

/** Pushes a blob in one PUT; gives its digest. */
export async function pushBlob(repository: Repository, content: Buffer): Promise<string> {
  const digest = sha256(content)
  const url = closingAddress(await beginUpload(repository), digest)
  const headers = { 'content-type': 'application/octet-stream' }
  const response = await fetch(url, { method: 'PUT', body: new Uint8Array(content), headers })
  if (response.status !== 201) {
    throw new Error(`PUT was answered ${response.status}: ${await response.text()}`)
  }
  return digest
}

/**
 * Writes `bytes` bytes that no two offsets have alike: a key stream, so that a lost, doubled or
 * moved piece changes the digest.
 */
export async function writeKeyStream(path: string, bytes: number): Promise<void> {
  const stream = 'openssl enc -aes-128-ctr -nosalt -pass pass:layers -pbkdf2 -in /dev/zero'
  await must('bash', ['-c', `${stream} 2>/dev/null | head -c ${bytes} > "$0"`, path], {
    timeout: 120_000,
  })
}
