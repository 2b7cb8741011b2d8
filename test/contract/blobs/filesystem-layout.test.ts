import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { createFilesystem } from '../../../storage/blobs/filesystem/create.ts'
import { listAll, noise } from '../../helpers/bytes.ts'
import { newUpload, newUploadId, storeBlob } from '../../helpers/stores.ts'

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

t.test('directories and files are closed to others, whatever the umask lets through', async (t) => {
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const root = join(t.testdir(), 'new', 'data')
  const stores = await createFilesystem({ root })
  const id = await newUpload(stores)
  const { key } = await storeBlob(stores, noise(10))
  for (const path of [
    root,
    `${root}/uploads`,
    `${root}/blobs`,
    dirname(join(root, 'blobs', key)),
  ]) {
    t.equal(await modeOf(path), '750', basename(path))
  }
  t.equal(await modeOf(join(root, 'uploads', id)), '640')
  t.equal(await modeOf(join(root, 'blobs', key)), '640')
})

t.test('a key is the path below blobs, and the name tells the digest', async (t) => {
  const root = t.testdir()
  const stores = await createFilesystem({ root })
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const { key } = await storeBlob(stores, noise(1000), algorithm)
    const file = await readFile(join(root, 'blobs', key))
    const hex = createHash(algorithm).update(file).digest('hex')
    t.equal(key, `${algorithm}/${hex.slice(0, 2)}/${hex}-${stores.uploads.originOf(key)}`)
  }
})

t.test('foreign names are neither listed nor touched', async (t) => {
  const root = t.testdir()
  const stores = await createFilesystem({ root })
  const { key } = await storeBlob(stores, noise(10))
  const id = await newUpload(stores)
  const strangers = [
    'uploads/.probe-1',
    'uploads/lost+found',
    'blobs/README',
    'blobs/sha256/.DS_Store',
    'blobs/sha256/abc',
    `blobs/${dirname(key)}/README`,
    `blobs/${key}.bak`,
    `blobs/sha256/zz/${basename(key)}`,
    `blobs/md5/ab/${basename(key)}`,
  ]
  for (const stranger of strangers) {
    await mkdir(join(root, dirname(stranger)), { recursive: true })
    await writeFile(join(root, stranger), '')
  }
  t.same(await listAll(stores.blobs.list()), [key])
  t.same(await listAll(stores.uploads.list()), [id])
  for (const stranger of strangers) t.ok(existsSync(join(root, stranger)), stranger)
})

t.test('a probe cleans up', async (t) => {
  const root = t.testdir()
  const { blobs } = await createFilesystem({ root })
  await blobs.probe()
  t.same(await readdir(join(root, 'uploads')), [])
})

t.test('a probe says where nothing can be written, and why', async (t) => {
  const root = t.testdir()
  const uploads = join(root, 'uploads')
  const { blobs } = await createFilesystem({ root })
  await rm(uploads, { recursive: true })
  await t.rejects(blobs.probe(), {
    message: `can't write to ${uploads}: the directory is not there`,
  })
  await writeFile(uploads, '')
  await t.rejects(blobs.probe(), { message: `can't write to ${uploads}: it is not a directory` })
})

/** A reason to skip: where tests run, there is no second file system to try with. */
async function lacksOtherFileSystem(): Promise<string | false> {
  const there = await stat('/dev/shm').catch(() => undefined)
  const here = await stat(import.meta.dirname)
  return there && there.dev !== here.dev ? false : '/dev/shm is no file system of its own'
}

const skip = await lacksOtherFileSystem()
t.test('a store on two file systems is refused at once', { skip }, async (t) => {
  const root = t.testdir({ blobs: t.fixture('symlink', '/dev/shm') })
  await t.rejects(createFilesystem({ root }), /must be on one file system/)
})

t.test('a link in place of an upload is not followed when it is made', async (t) => {
  const root = t.testdir({ target: 'precious' })
  const { uploads } = await createFilesystem({ root })
  const id = newUploadId()
  await symlink(join(root, 'target'), join(root, 'uploads', id))
  await t.rejects(uploads.create(id), { code: 'EEXIST' })
  t.equal(await readFile(join(root, 'target'), 'utf8'), 'precious')
})
