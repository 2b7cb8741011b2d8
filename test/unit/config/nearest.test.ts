import t from 'tap'
import { didYouMean, nearest } from '../../../config/nearest.ts'

const candidates = ['http', 'http.host', 'http.port', 'storage.root', 'log.level', 'log.format']

const cases: readonly (readonly [name: string, best: string | undefined])[] = [
  ['http.prot', 'http.port'],
  ['HTTP.PORT', 'http.port'],
  ['htpp', 'http'],
  ['port', 'http.port'],
  ['root', 'storage.root'],
  ['server.http.port', 'http.port'],
  ['log.leve', 'log.level'],
  ['logformat', 'log.format'],
  ['x', undefined],
  ['completely.different', undefined],
]

t.test('the nearest name is found over typing errors and left-out or added sections', async (t) => {
  for (const [name, best] of cases) t.equal(nearest(name, candidates), best, name)
})

t.test('there is no nearest name among none', async (t) => {
  t.equal(nearest('port', []), undefined)
})

t.test('the question is left out when no name is near', async (t) => {
  t.equal(didYouMean('prot', ['port']), '; did you mean port?')
  t.equal(didYouMean('zzzzzzzz', ['port']), undefined)
})
