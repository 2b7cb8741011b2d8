import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../../config/schema.ts'
import type { TlsMaterial } from './material.ts'
import { answerPlain, looksPlain } from './plain-hint.ts'

/** Where connections become secure, before anybody reads requests from them. */
export interface Entrance {
  /** @param socket nobody has read from it yet. */
  take(socket: Socket): void
  /** To be called once, before the first connection. */
  onSecure(listener: (secure: TLSSocket) => void): void
  /** For connections to come; those that are there go on as they are. */
  renew(material: TlsMaterial): void
  /** Ends every connection that it was given. */
  close(): void
}

export interface EntranceOptions {
  readonly material: TlsMaterial
  readonly clientCertificates: Config['tls']['clientCertificates']
  /** Milliseconds from the connection to the end of the handshake. */
  readonly handshakeTimeout: number
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'debug'>
}

/** The first byte of a TLS connection: a record of a handshake (RFC 8446 §5.1). */
const handshake = 0x16

/** Calls `then` with the first byte, which stays to be read; never if none comes. */
function peek(socket: Socket, then: (first: number) => void): void {
  function look(): void {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) {
      if (socket.readableEnded) socket.destroy()
      return
    }
    socket.off('readable', look)
    socket.unshift(chunk)
    then(chunk[0] as number)
  }
  socket.on('readable', look)
}

/** A certificate that proves nothing is not the same as none. */
function hasUnknownCertificate(secure: TLSSocket): boolean {
  return !secure.authorized && Object.keys(secure.getPeerCertificate()).length > 0
}

function createSecureServer(options: EntranceOptions): Server {
  const { material, clientCertificates, handshakeTimeout, logger } = options
  const server = createServer({
    ...material.context,
    ALPNProtocols: ['http/1.1'],
    requestCert: clientCertificates !== 'none',
    rejectUnauthorized: clientCertificates === 'required',
    handshakeTimeout,
  })
  server.on('tlsClientError', (error, secure) => {
    const { remoteAddress: client } = secure
    logger.debug({ err: error, client }, 'a client gave up on TLS, or was refused')
    // Node leaves that to us, where the handshake takes too long.
    secure.destroy()
  })
  return server
}

/** Waits for the first byte of a connection, and lets TLS begin if it is one of TLS. */
function admit(socket: Socket, server: Server, within: number): void {
  const timer = setTimeout(() => socket.destroy(), within)
  socket.once('close', () => clearTimeout(timer))
  peek(socket, (first) => {
    clearTimeout(timer)
    if (first === handshake) server.emit('connection', socket)
    else if (looksPlain(first)) answerPlain(socket)
    else socket.destroy()
  })
}

export function createEntrance(options: EntranceOptions): Entrance {
  const { clientCertificates, handshakeTimeout, logger } = options
  const server = createSecureServer(options)
  const open = new Set<Socket>()

  return {
    onSecure(listener) {
      server.on('secureConnection', (secure) => {
        if (clientCertificates === 'none' || !hasUnknownCertificate(secure)) return listener(secure)
        const { remoteAddress: client, authorizationError: reason } = secure
        logger.info({ client, reason }, 'a client showed a certificate that is not taken')
        secure.destroy()
      })
    },
    take(socket) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      // Nobody else listens yet, and a connection may break at any time.
      socket.on('error', () => socket.destroy())
      admit(socket, server, handshakeTimeout)
    },
    renew: ({ context }) => server.setSecureContext(context),
    close() {
      for (const socket of open) socket.destroy()
    },
  }
}
