import t from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { createSoundBodies } from '../../../src/services/sound-bodies.ts'

function bodyOf(letter: string, length = 40) {
  const body = Buffer.alloc(length, letter)
  return { body, digest: digestOf(body) }
}

t.test('only bytes that match their digest are kept', async (t) => {
  const bodies = createSoundBodies()
  const { body, digest } = bodyOf('a')
  t.equal(bodies.check(digest, Buffer.from('other')), false)
  t.equal(bodies.get(digest), undefined)
  t.equal(bodies.check(digest, body), true)
  t.equal(bodies.get(digest), body)
})

t.test('a long body is checked and not kept', async (t) => {
  const bodies = createSoundBodies()
  const { body, digest } = bodyOf('a', 64 * 1024 + 1)
  t.equal(bodies.check(digest, body), true)
  t.equal(bodies.get(digest), undefined)
})

t.test('those that nobody asked for longest make room', async (t) => {
  const bodies = createSoundBodies(100)
  const [first, second, third] = [bodyOf('a'), bodyOf('b'), bodyOf('c')]
  for (const { digest, body } of [first, first, second]) bodies.check(digest, body)
  t.ok(bodies.get(first.digest))
  bodies.check(third.digest, third.body)
  t.equal(bodies.get(second.digest), undefined)
  t.ok(bodies.get(first.digest))
  t.ok(bodies.get(third.digest))
})
