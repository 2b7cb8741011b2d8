import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { makeAuthority, makeServer, type Pair } from './certificate.ts'
import type { ServerName } from './names.ts'

const day = 24 * 60 * 60 * 1000
/** Clocks differ: what was made just now is valid everywhere. */
const head = 60 * 60 * 1000
const authorityDays = 3650

/** Where the files of a private authority and its server are. */
export interface CertificateFiles {
  readonly ca: string
  readonly caKey: string
  readonly certificate: string
  readonly key: string
}

export function certificateFilesIn(directory: string): CertificateFiles {
  const at = (name: string) => join(directory, name)
  return {
    ca: at('ca.crt'),
    caKey: at('ca.key'),
    certificate: at('registry.crt'),
    key: at('registry.key'),
  }
}

/** Whole or not at all, under its name, and never with wider rights than `mode`. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`
  const file = await open(temporary, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

/** The key first: who reads both on a change waits for the two to fit. */
async function writePair(pair: Pair, keyPath: string, certificatePath: string): Promise<void> {
  const key = pair.key.export({ type: 'pkcs8', format: 'pem' }) as string
  await replaceFile(keyPath, key, 0o600)
  await replaceFile(certificatePath, pair.certificate.toString(), 0o644)
}

async function readAuthority({ ca, caKey }: CertificateFiles): Promise<Pair> {
  const certificate = new X509Certificate(await readFile(ca))
  const key = createPrivateKey(await readFile(caKey))
  if (!certificate.checkPrivateKey(key)) throw new Error(`${caKey} does not belong to ${ca}`)
  if (new Date(certificate.validTo).getTime() < Date.now()) {
    throw new Error(`the authority ${ca} has expired; move it away for a new one to be made`)
  }
  return { certificate, key }
}

async function provideAuthority(files: CertificateFiles) {
  const { ca, caKey } = files
  const there = [ca, caKey].filter((path) => existsSync(path))
  if (there.length === 2) return { authority: await readAuthority(files), isNew: false }
  if (there.length === 1) {
    throw new Error(
      `${there[0]} is there without ${there[0] === ca ? caKey : ca}; bring that back, or move the one away for a new authority`,
    )
  }
  const from = new Date(Date.now() - head)
  const to = new Date(Date.now() + authorityDays * day)
  const name = `Layerhouse private authority ${randomBytes(4).toString('hex')}`
  const authority = makeAuthority(name, { from, to })
  await writePair(authority, caKey, ca)
  return { authority, isNew: true }
}

export interface CertificateRequest {
  readonly directory: string
  readonly names: readonly ServerName[]
  readonly days: number
  /** Replaces a server's certificate and key that are there; never an authority. */
  readonly force: boolean
}

/** What was made. */
export interface MadeCertificates {
  readonly files: CertificateFiles
  readonly authority: X509Certificate
  readonly authorityIsNew: boolean
  readonly server: X509Certificate
}

/** Makes a server's certificate, and the authority before it if there is none in the directory. */
export async function makeCertificates(request: CertificateRequest): Promise<MadeCertificates> {
  const { directory, names, days, force } = request
  const files = certificateFilesIn(directory)
  const inTheWay = [files.certificate, files.key].filter((path) => existsSync(path))
  if (inTheWay.length > 0 && !force) {
    throw new Error(`${inTheWay.join(' and ')} would be overwritten; --force does that`)
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { authority, isNew } = await provideAuthority(files)
  const from = new Date(Date.now() - head)
  // Nobody can vouch for longer than they are there.
  const end = new Date(authority.certificate.validTo).getTime()
  const to = new Date(Math.min(Date.now() + days * day, end))
  const server = makeServer(authority, names, { from, to })
  await writePair(server, files.key, files.certificate)
  const { certificate } = authority
  return { files, authority: certificate, authorityIsNew: isNew, server: server.certificate }
}
