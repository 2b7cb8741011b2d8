import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'
import { type CompareAnswer, type CompareOrder, kind } from './orders.ts'

/*
 * The program of the thread that checks bcrypt hashes, one after another: a check takes a tenth of a
 * second and more, and on the thread that serves nobody else would be answered meanwhile.
 */

function answerTo({ password, hash }: CompareOrder): CompareAnswer {
  try {
    return { fits: compareSync(password, hash) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

if (!isMainThread && workerData === kind) {
  parentPort?.on('message', (order: CompareOrder) => parentPort?.postMessage(answerTo(order)))
}
