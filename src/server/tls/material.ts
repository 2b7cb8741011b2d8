import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Config } from '../../../config/schema.ts'

type TlsConfig = Config['tls']

/** What HTTPS is spoken with. */
export interface TlsMaterial {
  /** For a new secure context; it has been tried. */
  readonly context: SecureContextOptions
  readonly validFrom: Date
  readonly validTo: Date
  /** What is no mistake and not as it should be. */
  readonly warnings: readonly string[]
}

/** The files that a configuration names, each with its key. */
export type TlsFiles = Readonly<Partial<Record<'certificate' | 'key' | 'clientCa' | 'ca', string>>>

/**
 * The files that HTTPS needs; `undefined` if the registry speaks plain HTTP.
 * @throws Error if only a part of them is named.
 */
export function tlsFilesOf(tls: TlsConfig): TlsFiles | undefined {
  const { certificate, key, clientCa, ca, clientCertificates } = tls
  if (certificate === undefined && key === undefined) {
    const idle = clientCa !== undefined || clientCertificates !== 'none'
    if (!idle) return undefined
    throw new Error('client certificates need HTTPS: set tls.certificate and tls.key, too')
  }
  if (key === undefined) throw new Error('tls.certificate is set and tls.key is not')
  if (certificate === undefined) throw new Error('tls.key is set and tls.certificate is not')
  if (clientCertificates !== 'none' && clientCa === undefined) {
    throw new Error(
      `tls.clientCertificates is ${clientCertificates}, and tls.clientCa does not name their authority`,
    )
  }
  return {
    certificate,
    key,
    ...(clientCa === undefined ? {} : { clientCa }),
    ...(ca === undefined ? {} : { ca }),
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'the registry has no right to read it',
  EISDIR: 'it is a directory',
}

async function readText(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new Error(`${name}: ${path} can't be read: ${reasons[code] ?? message}`)
  }
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** All certificates of a PEM file, in their order. @throws Error unless there is one at least. */
async function readCertificates(name: string, path: string): Promise<readonly X509Certificate[]> {
  const blocks = (await readText(name, path)).match(certificateBlock) ?? []
  if (blocks.length === 0) throw new Error(`${name}: ${path} holds no certificate in PEM form`)
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw new Error(`${name}: ${path} holds a certificate that can't be read`)
  }
}

async function readKey(path: string): Promise<KeyObject> {
  const text = await readText('tls.key', path)
  if (text.includes('ENCRYPTED')) {
    throw new Error(
      `tls.key: ${path} is protected by a passphrase; write it without one (openssl pkey -in ${path})`,
    )
  }
  try {
    return createPrivateKey(text)
  } catch {
    throw new Error(`tls.key: ${path} holds no private key in PEM form`)
  }
}

/** A key is for the registry alone, and perhaps its group. */
async function warnOfMode(path: string): Promise<readonly string[]> {
  const { mode } = await stat(path)
  if ((mode & 0o007) === 0) return []
  return [`tls.key: every user of this machine can read ${path}; chmod 640 or 600 changes that`]
}

function pemOf(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('')
}

/** Tries the whole of it, for what only OpenSSL finds, such as a key that is too short. */
function tried(context: SecureContextOptions): SecureContextOptions {
  try {
    createSecureContext(context)
    return context
  } catch (error) {
    const { message } = error as Error
    throw new Error(`tls.certificate and tls.key can't be used: ${message}`)
  }
}

/**
 * Reads and checks the files.
 * @throws Error that names key, file and mistake. That a certificate has expired is none: clients are
 * told by their own programs, and a new one is taken as soon as it is there.
 */
export async function readTls(
  files: TlsFiles,
  minVersion: TlsConfig['minVersion'],
): Promise<TlsMaterial> {
  const { certificate = '', key: keyPath = '', clientCa, ca } = files
  const chain = await readCertificates('tls.certificate', certificate)
  const key = await readKey(keyPath)
  const leaf = chain[0] as X509Certificate
  if (!leaf.checkPrivateKey(key)) {
    throw new Error(
      `tls.key: ${keyPath} does not belong to the first certificate in ${certificate} (${oneLine(leaf.subject)})`,
    )
  }
  if (ca !== undefined) await readCertificates('tls.ca', ca)
  const clients =
    clientCa === undefined ? undefined : await readCertificates('tls.clientCa', clientCa)
  return {
    context: tried({
      cert: pemOf(chain),
      key: key.export({ type: 'pkcs8', format: 'pem' }),
      ...(clients ? { ca: pemOf(clients) } : {}),
      minVersion: minVersion === 'tls1.3' ? 'TLSv1.3' : 'TLSv1.2',
      honorCipherOrder: true,
    }),
    validFrom: new Date(leaf.validFrom),
    validTo: new Date(leaf.validTo),
    warnings: await warnOfMode(keyPath),
  }
}

function oneLine(subject: string | undefined): string {
  return subject ? subject.replaceAll('\n', ', ') : 'without a subject'
}
