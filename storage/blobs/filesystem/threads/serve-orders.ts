import type { Hash } from 'node:crypto'
import { setPriority } from 'node:os'
import { isMainThread, MessageChannel, parentPort, workerData } from 'node:worker_threads'
import { newHash } from '../../../../src/oci/digest.ts'
import { writeAllNow } from '../write-all.ts'
import { type Answer, type HashName, kind, type Order, type StoreOrder } from './orders.ts'

/*
 * The program of a thread that stores big bodies: it hashes and writes what it is given, one after
 * another. That takes most of the time such a body needs, and while the thread that serves did it
 * nobody else would be answered.
 */

const { port1: nowhere } = new MessageChannel()
nowhere.close()

/** Bodies whose writing failed; the newest ones, for few of their orders are still on their way. */
const broken = new Map<number, unknown>()
const mostBroken = 1000

const hashes = new Map<number, Hash>()

function hashOf({ id, algorithm }: HashName): Hash {
  const hash = hashes.get(id) ?? newHash(algorithm)
  hashes.set(id, hash)
  return hash
}

/**
 * Gives memory back at once: the collector sees small objects and waits for many of them. A transfer
 * takes the memory along even where there is nobody to send it to (HTML, "message ports").
 */
function free(chunks: readonly Uint8Array[]): void {
  const memory = chunks.map(({ buffer }) => buffer).filter((one) => one instanceof ArrayBuffer)
  nowhere.postMessage(undefined, memory)
}

function fail(body: number, error: unknown): never {
  broken.set(body, error)
  const [oldest] = broken.keys()
  if (broken.size > mostBroken && oldest !== undefined) broken.delete(oldest)
  throw error
}

function store({ fd, position, chunks, body, hash }: StoreOrder['store']): void {
  if (broken.has(body)) throw broken.get(body)
  try {
    writeAllNow(fd, chunks, position)
  } catch (error) {
    fail(body, error)
  }
  if (hash) for (const chunk of chunks) hashOf(hash).update(chunk)
  free(chunks)
}

function packError(error: unknown): Answer {
  if (!(error instanceof Error)) return { error: { message: String(error) } }
  const { message, code, errno } = error as NodeJS.ErrnoException
  const named = code === undefined ? {} : { code }
  return { error: { message, ...named, ...(errno === undefined ? {} : { errno }) } }
}

function answerTo(order: Exclude<Order, { readonly end: number }>): Answer {
  if ('digest' in order) return { hex: hashes.get(order.digest)?.copy().digest('hex') }
  try {
    store(order.store)
    return { hex: undefined }
  } catch (error) {
    return packError(error)
  }
}

/** Of this thread alone, which Linux takes for a process of its own here: requests come first. */
const niceness = 2

if (!isMainThread && workerData === kind) {
  setPriority(niceness)
  parentPort?.on('message', (order: Order) => {
    if ('end' in order) hashes.delete(order.end)
    else parentPort?.postMessage(answerTo(order))
  })
}
