import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A bare connection: what is written goes out as it is, what comes is collected. */
export interface Wire {
  readonly socket: Socket
  readonly closed: Promise<void>
  /** All that came so far. */
  text(): string
}

export async function openWire(port: number, host = '127.0.0.1'): Promise<Wire> {
  const socket = connect(port, host)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed])
  return { socket, closed, text: () => text }
}

/** Whether `condition` comes true within so many milliseconds. */
export async function until(condition: () => boolean, within = 5000): Promise<boolean> {
  const deadline = performance.now() + within
  while (!condition()) {
    if (performance.now() > deadline) return false
    await sleep(10)
  }
  return true
}

/** Whether the connection is closed within so many milliseconds. */
export function closesWithin({ closed }: Wire, milliseconds: number): Promise<boolean> {
  return Promise.race([closed.then(() => true), sleep(milliseconds, false)])
}

export interface SlowReader {
  readonly socket: Socket
  /** Bytes read so far. */
  read(): number
  /** Reads so many bytes a second; 0 stops. */
  pace(rate: number): void
}

/** Asks for a path and reads the answer no faster than it is told; at first not at all. */
export async function openSlowReader(port: number, path: string): Promise<SlowReader> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let count = 0
  let rate = 0
  /** Bytes that may be read by now; what a slow machine missed is not made up for later. */
  let allowed = 0
  const take = () => {
    while (allowed > 0 && socket.readableLength > 0) {
      const chunk = socket.read(Math.min(allowed, socket.readableLength)) as Buffer
      count += chunk.length
      allowed -= chunk.length
    }
  }
  // Listening for this, and not for data, leaves the bytes where they are.
  socket.on('readable', take)
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  const timer = setInterval(() => {
    allowed = Math.round(rate / 10)
    take()
  }, 100)
  socket.once('close', () => clearInterval(timer))
  return {
    socket,
    read: () => count,
    pace: (wanted) => {
      rate = wanted
    },
  }
}
