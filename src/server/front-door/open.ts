import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Admission } from './limits.ts'

/** Something that answers requests on the connections it is given. */
export interface Place {
  /** Connections it has open. */
  readonly open: number
  /** @param socket nobody has read from it yet. @param onClosed to be called once. */
  take(socket: Socket, onClosed: () => void): void
}

export interface FrontDoorOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly admission: Admission
  /** Where connections can go now; never empty. */
  readonly places: () => readonly Place[]
  /** Told when a connection can't be accepted; the door stays open. */
  readonly onError: (error: Error) => void
}

/** Accepts connections and deals them out, each to the place that has the fewest. */
export interface FrontDoor {
  readonly address: AddressInfo
  /** Accepts no more. */
  close(): void
}

function idlest(places: readonly Place[]): Place {
  return places.reduce((best, place) => (place.open < best.open ? place : best))
}

/** The loopback name stands for two addresses; a client may try either. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (host !== 'localhost') return [host]
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

async function listen(
  server: Server,
  { host, port, onError }: Pick<FrontDoorOptions, 'host' | 'port' | 'onError'>,
): Promise<AddressInfo> {
  server.listen({ host, port })
  await once(server, 'listening')
  server.on('error', onError)
  return server.address() as AddressInfo
}

/** @throws Error with the system's `code` if the address can't be taken. */
export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const { admission, places, onError } = options
  const servers: Server[] = []

  function deal(socket: Socket): void {
    const release = admission.admit(socket.remoteAddress)
    if (release) idlest(places()).take(socket, release)
    else socket.destroy()
  }

  function newServer(): Server {
    // As Node's own HTTP server has it; and nobody reads before it is known who is to.
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, deal)
    servers.push(server)
    return server
  }

  const close = () => {
    for (const server of servers) server.close()
  }
  const [host = options.host, ...more] = await addressesOf(options.host)
  const address = await listen(newServer(), { host, port: options.port, onError })
  // A machine may know a second address by name alone.
  for (const other of more) {
    const also = { host: other, port: address.port, onError }
    await listen(newServer(), also).catch(() => undefined)
  }
  return { address, close }
}
