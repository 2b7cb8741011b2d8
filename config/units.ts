/** Durations and sizes as people write them, and back. */

/** The text is no duration or no size; the message says what to write instead. */
export class UnitError extends Error {
  override readonly name = 'UnitError'
}

/** Milliseconds a unit, largest first: the order in which the parts of a duration are written. */
const durationUnits = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

const durationPattern = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Bytes a unit. */
const sizeUnits = {
  TiB: 1024 ** 4,
  GiB: 1024 ** 3,
  MiB: 1024 ** 2,
  KiB: 1024,
  TB: 1e12,
  GB: 1e9,
  MB: 1e6,
  kB: 1000,
  B: 1,
} as const

const sizePattern = /^(\d+)([a-zA-Z]*)$/

/**
 * Milliseconds in `500ms`, `90s`, `1h30m`, `7d`: whole numbers, units in falling order. A bare `0`
 * needs no unit.
 * @throws UnitError for anything else.
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0
  if (/^\d+$/.test(text)) {
    throw new UnitError(`"${text}" has no unit; write ${text}s, ${text}m or ${text}h`)
  }
  const match = text === '' ? null : durationPattern.exec(text)
  if (match === null) {
    throw new UnitError(
      `${quote(text)} is not a duration; write whole numbers with d, h, m, s or ms, as in 1h30m`,
    )
  }
  const total = Object.values(durationUnits).reduce(
    (sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit,
    0,
  )
  return exact(total, text)
}

/** The one unit that writes it without a rest: `90s`, `24h` (days from two on), `7d`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  for (const [unit, length] of Object.entries(durationUnits)) {
    const least = unit === 'd' ? 2 * length : length
    if (milliseconds >= least && milliseconds % length === 0) {
      return `${milliseconds / length}${unit}`
    }
  }
  return `${milliseconds}ms`
}

/**
 * Bytes in `4MiB`, `1GB` or a plain number of bytes. `KB` is read as `kB`, 1000 bytes.
 * @throws UnitError for anything else, `4M` too: it does not say which of the two it is.
 */
export function parseSize(text: string): number {
  const [, digits = '', name = ''] = sizePattern.exec(text) ?? []
  const unit = sizeUnit(name)
  if (digits === '' || unit === undefined) {
    throw new UnitError(
      `${quote(text)} is not a size; write bytes, or a whole number with ` +
        'kB, MB, GB, TB, KiB, MiB, GiB or TiB, as in 4MiB',
    )
  }
  return exact(Number(digits) * unit, text)
}

/** The shortest exact form: `4MiB`, `1GB`, or plain bytes. */
export function formatSize(bytes: number): string {
  const forms = Object.entries(sizeUnits)
    .filter(([, unit]) => bytes >= unit && bytes % unit === 0)
    .map(([name, unit]) => ({ name, count: bytes / unit }))
  const best = forms.reduce((least, form) => (form.count < least.count ? form : least), {
    name: 'B',
    count: bytes,
  })
  return best.name === 'B' ? String(bytes) : `${best.count}${best.name}`
}

function sizeUnit(name: string): number | undefined {
  if (name === '') return 1
  if (name === 'KB') return sizeUnits.kB
  return Object.entries(sizeUnits).find(([unit]) => unit === name)?.[1]
}

function exact(total: number, text: string): number {
  if (Number.isSafeInteger(total)) return total
  throw new UnitError(`${quote(text)} is too large`)
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
