import { existsSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  handedOver,
  inodeOf,
  readUnacknowledged,
} from '../../../src/plugins/slow-clients/kernel.ts'
import { until } from '../../helpers/wire.ts'

const options = existsSync('/proc/net/tcp')
  ? {}
  : { skip: 'only Linux tells what the peer of a connection has taken' }

/** Two ends of a connection over loopback; the peer reads nothing until it is told to. */
async function connection(t: Test, listen: string, host: string) {
  const server = createServer()
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(0, listen, resolve))
  const peer = connect((server.address() as AddressInfo).port, host)
  const socket = await accepted
  t.teardown(() => {
    peer.destroy()
    socket.destroy()
    server.close()
  })
  return { socket, peer }
}

/** Bytes of a connection that the peer has taken, as the kernel tells. */
async function taken(socket: Socket): Promise<number> {
  const inode = inodeOf(socket) as number
  const held = (await readUnacknowledged(new Set([inode]))).get(inode) as number
  return (handedOver(socket) as number) - held
}

for (const [listen, host] of [
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '127.0.0.1'],
] as const) {
  t.test(`what the peer has taken, from ${host} on a server at ${listen}`, options, async (t) => {
    const { socket, peer } = await connection(t, listen, host)
    const size = 32 * 1024 * 1024
    socket.write(Buffer.alloc(size))
    await sleep(100)
    const first = await taken(socket)
    t.ok(first > 0 && first < size, `${first} bytes fit into the peer's buffer`)
    t.ok(first <= (handedOver(socket) as number), 'no more than left this process')
    t.ok((handedOver(socket) as number) < socket.bytesWritten, 'and that is less than was written')
    peer.resume()
    await until(() => peer.bytesRead === size)
    await until(() => socket.writableLength === 0)
    t.equal(await taken(socket), size)
  })
}

t.test('nothing is known of a socket that is not there', options, async (t) => {
  t.equal((await readUnacknowledged(new Set([-1]))).size, 0)
  const { socket } = await connection(t, '127.0.0.1', '127.0.0.1')
  socket.destroy()
  t.equal(inodeOf(socket), undefined)
  t.equal(handedOver(socket), undefined)
})
