import t from 'tap'
import { createProgress, formatProgress } from '../../../src/commands/progress.ts'

function world(isTTY: boolean, quiet = false) {
  const clock = { now: 0 }
  let text = ''
  const out = {
    isTTY,
    write(more: string) {
      text += more
    },
  }
  return {
    clock,
    text: () => text,
    progress: createProgress({ out, quiet, now: () => clock.now }),
  }
}

t.test('a line says what is known', async (t) => {
  const blobs = { what: 'blobs', done: 12, total: 340, bytes: 1024 ** 3 }
  t.equal(formatProgress(blobs, 8), 'blobs 12/340, 1 GiB, 128 MiB/s')
  t.equal(formatProgress(blobs, 0.5), 'blobs 12/340, 1 GiB', 'no rate from a moment')
  t.equal(formatProgress({ what: 'objects', done: 3 }, 9), 'objects 3')
  const metadata = { what: 'metadata', bytes: 1024, totalBytes: 2048 }
  t.equal(formatProgress(metadata, 0), 'metadata 1 KiB of 2 KiB')
})

t.test('on a terminal one line is written over, and taken away', async (t) => {
  const { clock, progress, text } = world(true)
  for (let done = 1; done <= 30; done++) {
    clock.now += 10
    progress.show({ what: 'blobs', done })
  }
  t.equal(text(), '\r\u001b[Kblobs 10\r\u001b[Kblobs 20\r\u001b[Kblobs 30')
  progress.end()
  progress.end()
  t.ok(text().endsWith('blobs 30\r\u001b[K'), 'once')
})

t.test('elsewhere a line comes every few seconds', async (t) => {
  const { clock, progress, text } = world(false)
  for (let done = 1; done <= 11; done++) {
    clock.now += 1000
    progress.show({ what: 'blobs', done, bytes: done * 1024 })
  }
  progress.end()
  t.equal(text(), 'blobs 5, 5 KiB, 1.2 KiB/s\nblobs 10, 10 KiB, 1.1 KiB/s\n')
})

t.test('the rate is that of what is done now', async (t) => {
  const { clock, progress, text } = world(false)
  progress.show({ what: 'blobs', bytes: 0 })
  clock.now += 100_000
  progress.show({ what: 'metadata', bytes: 0 })
  clock.now += 10_000
  progress.show({ what: 'metadata', bytes: 10_240 })
  t.equal(text(), 'metadata 0 B\nmetadata 10 KiB, 1 KiB/s\n')
})

t.test('quiet says nothing', async (t) => {
  const { clock, progress, text } = world(true, true)
  clock.now += 60_000
  progress.show({ what: 'blobs', done: 1 })
  progress.end()
  t.equal(text(), '')
})
