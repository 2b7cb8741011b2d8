import t from 'tap'
import { countWorkers } from '../../../src/server/worker-count.ts'

t.test('as many as are asked for, else one a processor, up to four', async (t) => {
  t.equal(countWorkers(7, 2), 7)
  t.same(
    [1, 2, 4, 64].map((processors) => countWorkers(0, processors)),
    [1, 2, 4, 4],
  )
})
