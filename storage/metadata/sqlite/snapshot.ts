import { unlink } from 'node:fs/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { CopyProgress, MetadataStore } from '../store.ts'
import { copyDatabase } from './copy.ts'

/*
 * This file is both ends: the registry's thread, which starts another one, and that one, which copies
 * over a connection of its own. The last step of a copy writes SQLite's whole cache and syncs it; in
 * the thread that serves, it would be a pause of a tenth of a second and more (decision 009).
 */

interface Task {
  readonly kind: 'layerhouse metadata snapshot'
  readonly source: string
  readonly target: string
  /** One number: not 0 to give up. */
  readonly cancel: Int32Array
}

const kind: Task['kind'] = 'layerhouse metadata snapshot'

export interface Snapshots {
  readonly snapshot: MetadataStore['snapshot']
  readonly running: boolean
  /** Gives up those under way; resolves when the file is free. */
  stop(): Promise<void>
}

/** Runs the copy in a thread; rejects with what it or `onProgress` threw. */
function runTask(task: Task, onProgress?: (progress: CopyProgress) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown
    let whole = true
    const fail = (error: unknown) => {
      failure ??= error
      Atomics.store(task.cancel, 0, 1)
    }
    /** It may have been whole before it was known that nobody wants it any more. */
    const giveUp = async () => {
      if (whole) await unlink(task.target)
      throw failure
    }
    const worker = new Worker(new URL(import.meta.url), { workerData: task })
    worker.on('message', (progress: CopyProgress) => {
      try {
        if (failure === undefined) onProgress?.(progress)
      } catch (error) {
        fail(error)
      }
    })
    worker.on('error', (error) => {
      whole = false
      fail(error)
    })
    worker.on('exit', () => {
      if (failure === undefined) resolve()
      else giveUp().catch(reject)
    })
  })
}

export function createSnapshots(db: Database.Database): Snapshots {
  const underWay = new Map<Promise<void>, Int32Array>()
  return {
    async snapshot(target, onProgress) {
      if (!db.open) throw new TypeError('The database connection is not open')
      const source = db.name
      const cancel = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
      const copying = runTask({ kind, source, target, cancel }, onProgress)
      underWay.set(copying, cancel)
      await copying.finally(() => underWay.delete(copying))
    },
    get running() {
      return underWay.size > 0
    },
    async stop() {
      for (const cancel of underWay.values()) Atomics.store(cancel, 0, 1)
      await Promise.allSettled(underWay.keys())
    },
  }
}

async function perform({ source, target, cancel }: Task): Promise<void> {
  const db = new Database(source, { readonly: true, fileMustExist: true })
  try {
    await copyDatabase(db, target, (progress) => {
      if (Atomics.load(cancel, 0) !== 0) throw new Error('the copy of the metadata was given up')
      parentPort?.postMessage(progress)
    })
  } finally {
    db.close()
  }
}

function isTask(data: unknown): data is Task {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === kind
}

if (!isMainThread && isTask(workerData)) await perform(workerData)
