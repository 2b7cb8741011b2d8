import t from 'tap'
import { readCredentials } from '../../../src/plugins/credentials.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

t.test('an Authorization header is read, or is malformed, but never nothing', async (t) => {
  const malformed = { kind: 'malformed' }
  const cases: readonly (readonly [header: string | undefined, read: object])[] = [
    [undefined, { kind: 'none' }],
    ['Basic Og==', { kind: 'none' }],
    [basic('alice:secret'), { kind: 'basic', name: 'alice', secret: 'secret' }],
    [basic('alice:a:b'), { kind: 'basic', name: 'alice', secret: 'a:b' }],
    [basic('alice:'), { kind: 'basic', name: 'alice', secret: '' }],
    [basic(':secret'), { kind: 'basic', name: '', secret: 'secret' }],
    [basic('älice:pässword'), { kind: 'basic', name: 'älice', secret: 'pässword' }],
    ['basic YTpi', { kind: 'basic', name: 'a', secret: 'b' }],
    ['BEARER a.b.c', { kind: 'bearer', token: 'a.b.c' }],
    ['Bearer  lht_x-_', { kind: 'bearer', token: 'lht_x-_' }],
    [basic('alice'), malformed],
    ['', malformed],
    ['Basic', malformed],
    ['Basic ', malformed],
    ['Basic a b', malformed],
    ['Basic YTpi, Bearer x', malformed],
    ['Basic /w==', malformed],
    ['Bearer', malformed],
    ['Bearer a b', malformed],
    ['Bearer "x"', malformed],
    ['Negotiate YTpi', malformed],
    ['alice:secret', malformed],
  ]
  for (const [header, read] of cases) t.same(readCredentials(header), read, String(header))
})
