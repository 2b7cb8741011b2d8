import t from 'tap'
import { extract } from 'tar-stream'
import {
  paddingOf,
  tarEnd,
  tarHeader,
  tarSize,
} from '../../../../src/services/archives/tar-writer.ts'

interface Read {
  readonly name: string
  readonly size: number
  readonly type: string
  readonly text: string
}

async function read(archive: Buffer): Promise<readonly Read[]> {
  const reader = extract()
  reader.end(archive)
  const entries: Read[] = []
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    const { name, size, type } = entry.header
    entries.push({ name, size, type, text: String(Buffer.concat(chunks)) })
  }
  return entries
}

const long = `blobs/sha512/${'a'.repeat(128)}`

t.test('what is written is read back, whatever the length of its path', async (t) => {
  const files: Readonly<Record<string, string>> = { a: 'x', [long]: 'y'.repeat(512), empty: '' }
  const pieces = Object.entries(files).flatMap(([path, text]) => [
    tarHeader(path, text.length),
    Buffer.from(text),
    paddingOf(text.length),
  ])
  const archive = Buffer.concat([tarHeader('blobs/', 0), ...pieces, tarEnd])
  t.same(await read(archive), [
    { name: 'blobs/', size: 0, type: 'directory', text: '' },
    ...Object.entries(files).map(([name, text]) => ({
      name,
      size: text.length,
      type: 'file',
      text,
    })),
  ])
  const sizes = Object.entries(files).map(([path, text]) => tarSize(path, text.length))
  t.equal(
    sizes.reduce((sum, size) => sum + size, tarSize('blobs/', 0) + tarEnd.length),
    archive.length,
  )
})

t.test('a file of more than 8 GiB has its size in the header', async (t) => {
  for (const size of [8 * 2 ** 30 - 1, 8 * 2 ** 30, 5 * 2 ** 40]) {
    const reader = extract()
    const header = new Promise<number>((resolve) => {
      reader.once('entry', ({ size: told }: { size: number }) => resolve(told))
    })
    reader.on('error', () => undefined)
    reader.write(tarHeader('big', size))
    t.equal(await header, size)
    reader.destroy()
  }
})

t.test('the same content gives the same bytes', async (t) => {
  t.ok(tarHeader('a', 5).equals(tarHeader('a', 5)))
  t.equal(paddingOf(0).length, 0)
  t.equal(paddingOf(512).length, 0)
  t.equal(paddingOf(513).length, 511)
})
