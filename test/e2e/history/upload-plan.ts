import { sha256 } from '../../helpers/e2e/digest.ts'
import type { Dice } from './dice.ts'
import type { UploadRequest } from './upload-specification.ts'

/** What several clients send to one upload without regard for each other. */
export interface UploadPlan {
  /** Each list goes out on one connection in one piece, before any answer. */
  readonly pipelined: readonly (readonly UploadRequest[])[]
  /** Each of these waits for every answer. */
  readonly stepwise: readonly (readonly UploadRequest[])[]
}

interface Piece {
  readonly start: number
  readonly body: Buffer
}

/** Content in pieces of different lengths, so that an answer's `Range` tells which were taken. */
function cut(dice: Dice, longest: number): readonly Piece[] {
  let start = 0
  return Array.from({ length: 2 + dice.roll(3) }, (_, index) => {
    const body = dice.bytes(8 * (1 + dice.roll(longest)) + index)
    const piece = { start, body }
    start += body.length
    return piece
  })
}

function chunk({ start, body }: Piece): UploadRequest {
  return { kind: 'patch', body, range: { start, end: start + body.length - 1 } }
}

function together(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map(({ body }) => body))
}

/** Ends the upload with the last piece in the body, or with all pieces sent before. */
function ending(pieces: readonly Piece[], withLast: boolean): UploadRequest {
  const digest = sha256(together(pieces))
  const last = pieces.at(-1)
  if (!withLast || !last) return { kind: 'put', digest, body: Buffer.alloc(0) }
  const { start, body } = last
  return { kind: 'put', digest, body, range: { start, end: start + body.length - 1 } }
}

/** What a client does that pushes alone. */
function push(dice: Dice, pieces: readonly Piece[]): readonly UploadRequest[] {
  const withLast = dice.hits(2)
  const patches = (withLast ? pieces.slice(0, -1) : pieces).map((piece) => chunk(piece))
  return [...patches, ending(pieces, withLast)]
}

function foreign(dice: Dice, { body }: Piece): UploadRequest {
  const method = dice.pick(['GET', 'PATCH', 'PUT', 'DELETE'])
  return { kind: 'foreign', method, digest: sha256(body), body }
}

/** Refused, disturbing, or asking. */
function nuisance(dice: Dice, pieces: readonly Piece[]): UploadRequest {
  const piece = dice.pick(pieces)
  const { start, body } = piece
  const some: readonly (() => UploadRequest)[] = [
    () => ({ kind: 'get' }),
    () => ({ kind: 'get' }),
    () => chunk(piece),
    () => chunk(piece),
    () => foreign(dice, piece),
    () => ({ kind: 'patch', body, range: 'malformed' }),
    () => ({ kind: 'patch', body, range: { start, end: start + body.length } }),
    () => ({ kind: 'patch', body, range: { start: start + 3, end: start + 2 + body.length } }),
    () => ({ kind: 'put', digest: '', body: Buffer.alloc(0) }),
    () => ending(pieces.slice(0, 1 + dice.roll(pieces.length)), dice.hits(2)),
  ]
  return dice.pick(some)()
}

function nuisances(dice: Dice, pieces: readonly Piece[], count: number): readonly UploadRequest[] {
  return Array.from({ length: count }, () => nuisance(dice, pieces))
}

/** Two clients that push the same content in chunks, and others who get in their way. */
function planChunks(dice: Dice, longest: number): UploadPlan {
  const pieces = cut(dice, longest)
  const cancel: readonly UploadRequest[] = dice.hits(4) ? [{ kind: 'delete' }] : []
  const crowd = dice.shuffle([...pieces.map(chunk), ...nuisances(dice, pieces, 5), ...cancel])
  return {
    pipelined: [push(dice, pieces), crowd],
    stepwise: [push(dice, pieces), nuisances(dice, pieces, 4)],
  }
}

/** Clients that each append bytes of their own, and one that guesses the order. */
function planStreams(dice: Dice, longest: number): UploadPlan {
  const pieces = cut(dice, longest)
  const appends = pieces.map(({ body }): UploadRequest => ({ kind: 'patch', body }))
  const guess = dice.shuffle(pieces).slice(0, 2)
  const late: readonly UploadRequest[] = dice.hits(3)
    ? [{ kind: 'put', digest: sha256(together(guess)), body: Buffer.alloc(0) }]
    : []
  return {
    pipelined: [appends.slice(0, 2), [{ kind: 'get' }, ...late, { kind: 'get' }]],
    stepwise: [appends.slice(2), [{ kind: 'get' }, foreign(dice, dice.pick(pieces))]],
  }
}

/** @param longest about an eighth of the bytes in the longest piece. */
export function planUpload(dice: Dice, longest: number): UploadPlan {
  return dice.hits(3) ? planStreams(dice, longest) : planChunks(dice, longest)
}
