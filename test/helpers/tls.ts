import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { type CertificateFiles, makeCertificates } from '../../src/certificates/files.ts'
import { parseServerName } from '../../src/certificates/names.ts'

/** An authority and a certificate for this machine, with the configuration that uses them. */
export interface TestCertificates {
  readonly files: CertificateFiles
  /** The authority, as clients want it. */
  readonly ca: string
  /** As in the environment. */
  readonly env: Readonly<Record<string, string>>
  /** Replaces certificate and key. */
  renew(): Promise<string>
}

export async function makeTestCertificates(t: Test, days = 30): Promise<TestCertificates> {
  // A test has one directory of the runner's own, and its registry has that.
  const directory = mkdtempSync(join(tmpdir(), 'layerhouse-tls-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const names = ['localhost', '127.0.0.1'].map(parseServerName)
  const make = () => makeCertificates({ directory, names, days, force: true })
  const { files } = await make()
  return {
    files,
    ca: readFileSync(files.ca, 'utf8'),
    env: {
      LAYERHOUSE_TLS_CERTIFICATE: files.certificate,
      LAYERHOUSE_TLS_KEY: files.key,
      LAYERHOUSE_TLS_CA: files.ca,
    },
    renew: async () => (await make()).server.serialNumber,
  }
}

/** A key and a certificate for a client, by the authority of `files`, both as PEM. */
export function makeClientCertificate({ ca, caKey }: CertificateFiles): string {
  const directory = dirname(ca)
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', ...curve, '-subj', '/CN=client', '-keyout', 'client.key', '-out', 'client.csr')
  const authority = ['-CA', ca, '-CAkey', caKey, '-set_serial', '7', '-days', '2']
  openssl('x509', '-req', '-in', 'client.csr', ...authority, '-out', 'client.crt')
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')
  return read('client.key') + read('client.crt')
}

export interface SecureAnswer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
  /** Of the certificate that was shown. */
  readonly serial: string
}

/** One request on a connection of its own. */
export function secureRequest(
  port: number,
  path: string,
  options: RequestOptions & { readonly body?: Buffer } = {},
): Promise<SecureAnswer> {
  const { body, ...more } = options
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ host: '127.0.0.1', port, path, agent: false, ...more })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode as number,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('latin1'),
          serial,
        }),
      )
    })
    request.end(body)
  })
}

/** The handshake alone: what was agreed on, or why it failed. */
export function shakeHands(port: number, options: ConnectionOptions): Promise<TLSSocket | Error> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ...options })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', resolve)
  })
}
