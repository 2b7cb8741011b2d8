import t from 'tap'
import { describeCommand, readOptions } from '../../../bench/options.ts'
import { fullScale, quickScale } from '../../../bench/scale.ts'

const works = ['push-1', 'pull-1', 'images']

t.test('without options everything is measured against everybody', async (t) => {
  const options = readOptions(works, [])
  t.same(options.works, works)
  t.same(options.against, ['docker-registry', 'distribution', 'zot', 'nginx', 'fastify'])
  t.same(options.scale, fullScale)
  t.match(options, { list: false, record: false, from: [], programs: {} })
})

t.test('works, rivals and programs can be chosen', async (t) => {
  const args = ['--works', 'images,push-1', '--against', 'zot', '--zot', '/opt/zot', '--record']
  t.match(readOptions(works, args), {
    works: ['images', 'push-1'],
    against: ['zot'],
    programs: { zot: '/opt/zot' },
    record: true,
  })
})

t.test('a quick run is smaller, and rounds and seconds can still be set', async (t) => {
  t.same(readOptions(works, ['--quick']).scale, quickScale)
  t.same(readOptions(works, ['--quick', '--rounds', '2', '--seconds', '4']).scale, {
    ...quickScale,
    rounds: 2,
    seconds: 4,
    clientSeconds: 4,
  })
})

t.test('what is unknown is refused, in words that say what there is', async (t) => {
  const cases = [
    { args: ['--works', 'fly'], message: '--works fly: there are push-1, pull-1, images' },
    { args: ['--against', 'harbor'], message: /^--against harbor: there are docker-registry, / },
    { args: ['--rounds', '0'], message: '--rounds 0: not a number from 1' },
    { args: ['--seconds', '1.5'], message: '--seconds 1.5: not a number from 1' },
    { args: ['--fast'], message: /--fast/ },
    { args: ['push-1'], message: /push-1/ },
  ]
  for (const { args, message } of cases) {
    t.throws(() => readOptions(works, args), { message }, args.join(' '))
  }
})

t.test('the command that is told holds no paths of this machine', async (t) => {
  const args = ['--zot', '/opt/zot', '--works', 'images', '--json=/tmp/a.json', '--rounds', '3']
  t.equal(describeCommand(args), 'npm run bench -- --works images --rounds 3')
  t.equal(describeCommand([]), 'npm run bench')
})
