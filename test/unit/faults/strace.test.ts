import t from 'tap'
import { crashPointsIn } from '../../faults/strace.ts'

/** Two threads; a call that was interrupted by the other thread is printed in two parts. */
const trace = [
  '10 openat(AT_FDCWD</app>, "/app/main.js", O_RDONLY) = 3',
  '10 openat(AT_FDCWD</app>, "/data/lock", O_RDWR) = 4',
  '11 fsync(5</data> <unfinished ...>',
  '10 openat(AT_FDCWD</app>, "/app/b.js", O_RDONLY) = 6',
  '11 <... fsync resumed>) = 0',
  '10 listen(7<socket:[1]>, 511) = 0',
  '11 fsync(5</data>) = 0',
  '12 fsync(5</data>) = 0',
  '12 fsync(5</data>) = 0',
  '12 fsync(5</data>) = 0',
  '10 --- SIGTERM {si_signo=SIGTERM} ---',
  '12 fsync(5</data>) = 0',
  '10 +++ exited with 0 +++',
].join('\n')

t.test('crash points are what some thread does for the first time, by phase', async (t) => {
  t.strictSame(
    crashPointsIn(trace, '/data').map(({ phase, call, nth }) => `${phase}: ${call} ${nth}`),
    [
      'start: openat 2',
      'start: fsync 1',
      'start: openat 3',
      'load: listen 1',
      'load: fsync 2',
      'load: fsync 3',
      'stop: fsync 1',
    ],
  )
})
