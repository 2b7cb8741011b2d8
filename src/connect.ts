import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, type TLSSocket } from 'node:tls'

export interface Place {
  readonly host: string
  readonly port: number
}

/**
 * A connection to whoever has the certificate of a file, and to nobody else. Nothing is sent before
 * that is known: what follows is the secret of the operator.
 */
export function connectPinned(place: Place, certificate: string): Promise<TLSSocket> {
  const wanted = new X509Certificate(readFileSync(certificate)).raw
  return new Promise((resolve, reject) => {
    // The name does not matter, and neither who signed it: the certificate must be this one.
    const socket = connect({ ...place, rejectUnauthorized: false })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      socket.off('error', reject)
      if (socket.getPeerX509Certificate()?.raw.equals(wanted)) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(new Error(`it shows another certificate than ${certificate}`))
    })
  })
}
