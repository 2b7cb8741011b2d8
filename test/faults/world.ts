import { freePort } from '../helpers/e2e/port.ts'
import { createHttp, type Http } from './http.ts'
import { createModel, type Model } from './model.ts'
import { createRandom, type Random } from './random.ts'
import { type Server, startServer } from './server.ts'
import type { Failure, Harm } from './tally.ts'

export interface WorldOptions {
  /** The data directory, which may be a mount point. Empty, or not there yet. */
  readonly root: string
  readonly seed: number
  /** Added to the environment of every server started here. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * Statuses of server errors that this kind of fault provokes: they leave the outcome open, and are
   * no failure; nor is a connection that breaks, if there are any. Asked anew each time.
   */
  readonly errorsExpected?: readonly number[]
  /**
   * An unfinished upload goes on where its last acknowledged chunk ended. True if absent; false for
   * faults that may take back what was not yet synced.
   */
  readonly uploadsSurvive?: boolean
}

/** An image, or an index of images, that was pushed or tried to be. */
export interface Image {
  readonly repository: string
  readonly digest: string
  /** Of the config and layers; those of the images, if it is an index. */
  readonly parts: readonly Piece[]
  readonly bytes: Buffer
  readonly type: string
}

/** What is needed to make a blob's bytes again, see `contentFrom`. */
export interface Piece {
  readonly digest: string
  readonly label: string
  readonly size: number
}

/** An upload that was begun and is left for later. */
export interface OpenUpload {
  readonly repository: string
  readonly id: string
  readonly piece: Piece
  /** Bytes that were acknowledged. */
  readonly acknowledged: number
}

/** What one writer has made; nobody else changes or removes it. */
export interface Shelf {
  readonly images: Image[]
  readonly blobs: { readonly repository: string; readonly piece: Piece }[]
  uploads: OpenUpload[]
  /** For labels that never repeat. */
  count: number
}

/** One data directory with all that is known about it, over many starts of a server. */
export interface World {
  readonly options: WorldOptions
  readonly model: Model
  readonly random: Random
  readonly http: Http
  readonly shelves: readonly Shelf[]
  /** Files below `blobs/` whose content was checked. */
  readonly checkedFiles: Set<string>
  fail(harm: Harm, what: string): void
  /** The failures since it was last called. */
  takeFailures(): readonly Failure[]
  /** Starts a server here. @param under see `startServer` */
  start(under?: readonly string[]): Server
  /** Lets go of connections, e.g. to a server that is gone. */
  hangUp(): void
}

/** Writers at work at the same time. */
export const writers = 6

/** More than this many failures of one case say nothing new. */
const mostFailures = 20

export async function createWorld(options: WorldOptions): Promise<World> {
  const port = await freePort()
  let failures: Failure[] = []
  let http = createHttp({ port })
  return {
    options,
    model: createModel(),
    random: createRandom(options.seed),
    http: { send: (...request) => http.send(...request), close: () => http.close() },
    shelves: Array.from({ length: writers }, () => ({
      images: [],
      blobs: [],
      uploads: [],
      count: 0,
    })),
    checkedFiles: new Set(),
    fail(harm, what) {
      if (failures.length < mostFailures) failures.push({ harm, what })
    },
    takeFailures() {
      const taken = failures
      failures = []
      return taken
    },
    start: (under = []) =>
      startServer({
        root: options.root,
        port,
        under,
        // Swept as often as can be, so that housekeeping is interrupted too.
        env: { LAYERHOUSE_UPLOADS_SWEEP_INTERVAL: '1s', ...options.env },
      }),
    hangUp() {
      http.close()
      http = createHttp({ port })
    },
  }
}
