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
  /** Reads so many bytes a second, in four bursts; 0 stops. */
  pace(rate: number): void
}

/** Asks for a path and reads the answer no faster than it is told; at first not at all. */
export async function openSlowReader(port: number, path: string): Promise<SlowReader> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  // Listening for this, and not for data, leaves the bytes where they are.
  socket.on('readable', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  let count = 0
  let rate = 0
  const timer = setInterval(() => {
    for (let rest = rate / 4; rest > 0; ) {
      const chunk = socket.read(Math.min(rest, socket.readableLength)) as Buffer | null
      if (chunk === null || chunk.length === 0) return
      count += chunk.length
      rest -= chunk.length
    }
  }, 250)
  socket.once('close', () => clearInterval(timer))
  return {
    socket,
    read: () => count,
    pace: (wanted) => {
      rate = wanted
    },
  }
}
