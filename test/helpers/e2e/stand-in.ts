import { access, copyFile, cp, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, must } from './command.ts'

/** The checkout, seen from `dist/test/helpers/e2e/`. */
export const checkout = fileURLToPath(new URL('../../../../', import.meta.url))

/** Program here → where it stands in the official Node images. */
const programs = [
  [process.execPath, '/usr/local/bin/node'],
  // busybox has both, but its setpriv can't change the user and its shell prefers its own.
  ['/usr/bin/dash', '/bin/sh'],
  ['/usr/bin/setpriv', '/usr/bin/setpriv'],
] as const
const prebuilds = '/prebuilds'
const certificates = '/etc/ssl/certs/ca-certificates.crt'

async function copyTo(root: string, from: string, to = from): Promise<void> {
  const target = join(root, to)
  await mkdir(dirname(target), { recursive: true })
  await copyFile(from, target)
}

/** Shared libraries of a program, by the paths under which it looks for them. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await must('ldd', [program])
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
}

async function findNpm(): Promise<string> {
  const { stdout } = await must('bash', ['-c', 'command -v npm'])
  return dirname(dirname(await realpath(stdout.trim())))
}

/**
 * The compiled part of better-sqlite3 from this checkout, packed as its makers' download is. In a
 * container without compilers that download is what `npm rebuild` uses.
 */
async function packAddon(root: string): Promise<void> {
  const directory = join(checkout, 'node_modules/better-sqlite3')
  const { version } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    version: string
  }
  const abi = `node-v${process.versions.modules}-${process.platform}-${process.arch}`
  await mkdir(join(root, prebuilds))
  const archive = join(root, prebuilds, `better-sqlite3-v${version}-${abi}.tar.gz`)
  await must('tar', ['-C', directory, '-czf', archive, 'build/Release/better_sqlite3.node'])
}

/**
 * Makes `tag`, an image with what the Dockerfile needs of an official Node image, from the files of
 * this machine: base images can't be fetched everywhere the tests run.
 */
export async function importNodeImage(
  docker: Client,
  directory: string,
  tag: string,
): Promise<void> {
  const root = join(directory, 'node-image')
  const { stdout: busybox } = await must('busybox', ['which', 'busybox'])
  await mkdir(join(root, 'tmp'), { recursive: true })
  for (const path of ['bin', 'sbin', 'usr/sbin', 'usr/local/bin', 'usr/bin', 'etc', 'root']) {
    await mkdir(join(root, path), { recursive: true })
  }
  await copyTo(root, busybox.trim(), '/bin/busybox')
  await must('busybox', ['chroot', root, '/bin/busybox', '--install', '-s'])
  for (const [from, to] of programs) {
    await rm(join(root, to), { force: true })
    await copyTo(root, from, to)
    for (const library of await librariesOf(from)) await copyTo(root, library)
  }
  const npm = '/usr/local/lib/node_modules/npm'
  await cp(await findNpm(), join(root, npm), { recursive: true, dereference: true })
  const start = `#!/bin/sh\nexec node ${npm}/bin/npm-cli.js "$@"\n`
  await writeFile(join(root, 'usr/local/bin/npm'), start, { mode: 0o755 })
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  if (
    await access(certificates).then(
      () => true,
      () => false,
    )
  )
    await copyTo(root, certificates)
  await packAddon(root)
  const archive = join(directory, 'node-image.tar')
  await must('tar', ['-C', root, '-cf', archive, '.'])
  const environment = [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `npm_config_better_sqlite3_local_prebuilds=${prebuilds}`,
    // The certificates this machine trusts, its own authority among them.
    `NODE_EXTRA_CA_CERTS=${certificates}`,
  ]
  const changes = environment.flatMap((entry) => ['--change', `ENV ${entry}`])
  await docker('import', ...changes, archive, tag)
}
