import t from 'tap'
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  UnitError,
} from '../../../config/units.ts'

const durations: readonly (readonly [text: string, milliseconds: number])[] = [
  ['0', 0],
  ['0s', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['168h0m0s', 604_800_000],
  ['1m5ms', 60_005],
]

t.test('a duration is read as milliseconds', async (t) => {
  for (const [text, milliseconds] of durations) t.equal(parseDuration(text), milliseconds, text)
})

const badDurations: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /not a duration; write whole numbers/],
  ['5', /^"5" has no unit; write 5s, 5m or 5h$/],
  ['h', /not a duration/],
  ['-5s', /not a duration/],
  ['1.5h', /not a duration; write whole numbers/],
  ['24H', /not a duration/],
  ['1 h', /not a duration/],
  ['30m1h', /not a duration/],
  ['1h1h', /not a duration/],
  ['10us', /not a duration/],
  ['5s\n', /not a duration/],
  ['999999999999999d', /too large/],
]

t.test('anything else is no duration', async (t) => {
  for (const [text, message] of badDurations) {
    t.throws(() => parseDuration(text), { name: 'UnitError', message }, JSON.stringify(text))
  }
})

const writtenDurations: readonly (readonly [milliseconds: number, text: string])[] = [
  [0, '0s'],
  [1, '1ms'],
  [1500, '1500ms'],
  [90_000, '90s'],
  [100_000, '100s'],
  [300_000, '5m'],
  [5_400_000, '90m'],
  [86_400_000, '24h'],
  [172_800_000, '2d'],
]

t.test('a duration is written with the one unit that leaves no rest', async (t) => {
  for (const [milliseconds, text] of writtenDurations) {
    t.equal(formatDuration(milliseconds), text)
    t.equal(parseDuration(text), milliseconds, `${text} is read as what it was written for`)
  }
})

const sizes: readonly (readonly [text: string, bytes: number])[] = [
  ['0', 0],
  ['4194304', 4_194_304],
  ['12B', 12],
  ['1kB', 1000],
  ['1KB', 1000],
  ['1GB', 1_000_000_000],
  ['2TB', 2_000_000_000_000],
  ['512KiB', 524_288],
  ['4MiB', 4_194_304],
  ['3GiB', 3_221_225_472],
  ['1TiB', 1_099_511_627_776],
]

t.test('a size is read as bytes', async (t) => {
  for (const [text, bytes] of sizes) t.equal(parseSize(text), bytes, text)
})

const badSizes: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /not a size; write bytes/],
  ['4M', /not a size; .* as in 4MiB$/],
  ['4mib', /not a size/],
  ['MiB', /not a size/],
  ['-1', /not a size/],
  ['1.5GB', /not a size/],
  ['4 MiB', /not a size/],
  ['1toString', /not a size/],
  ['99999999TiB', /too large/],
]

t.test('anything else is no size', async (t) => {
  for (const [text, message] of badSizes) {
    t.throws(() => parseSize(text), { name: 'UnitError', message }, JSON.stringify(text))
  }
})

const writtenSizes: readonly (readonly [bytes: number, text: string])[] = [
  [0, '0'],
  [1, '1'],
  [1000, '1kB'],
  [1023, '1023'],
  [4_194_304, '4MiB'],
  [16_000_000_000, '16GB'],
  [1_099_511_627_776, '1TiB'],
]

t.test('a size is written in its shortest exact form', async (t) => {
  for (const [bytes, text] of writtenSizes) {
    t.equal(formatSize(bytes), text)
    t.equal(parseSize(text), bytes, `${text} is read as what it was written for`)
  }
})

t.test('a message shows no more of a long text than a line holds', async (t) => {
  const caught = (() => {
    try {
      return parseDuration('x'.repeat(5000))
    } catch (error) {
      return error
    }
  })()
  t.ok(caught instanceof UnitError && caught.message.length < 250)
})
