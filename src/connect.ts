import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Config } from '../config/schema.ts'

/** Where a registry that listens as configured is reached from this machine. */
export function addressOf({ host, port }: Config['http']) {
  const own: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return { host: own[host] ?? host, port }
}

/**
 * A connection to whoever has the configured certificate, and to nobody else. Nothing is sent before
 * that is known: what follows is the secret of the operator.
 */
function connectPinned(config: Config, certificate: string): Promise<TLSSocket> {
  const wanted = new X509Certificate(readFileSync(certificate)).raw
  return new Promise((resolve, reject) => {
    // The name does not matter, and neither who signed it: the certificate must be this one.
    const socket = connectTls({ ...addressOf(config.http), rejectUnauthorized: false })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate()?.raw
      if (shown?.equals(wanted)) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(new Error(`it shows another certificate than ${certificate}`))
    })
  })
}

/** Begins a request to the registry that listens as configured. */
export async function openRequest(config: Config, options: RequestOptions): Promise<ClientRequest> {
  const { certificate } = config.tls
  if (certificate === undefined) return httpRequest({ ...addressOf(config.http), ...options })
  const socket = await connectPinned(config, certificate)
  return httpRequest({ ...options, createConnection: () => socket })
}
