import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Client, must } from './command.ts'

const applets = ['sh', 'cat', 'echo', 'ls', 'sha256sum', 'id', 'mkdir', 'chown', 'sleep']

async function findBusybox(): Promise<string> {
  const { stdout } = await must('busybox', ['which', 'busybox'])
  return stdout.trim()
}

/** Writes a root file system of a static busybox: a base image for machines without a network. */
export async function writeRootfs(path: string): Promise<void> {
  await mkdir(join(path, 'bin'), { recursive: true })
  await mkdir(join(path, 'tmp'))
  await copyFile(await findBusybox(), join(path, 'bin/busybox'))
  await Promise.all(applets.map((name) => symlink('busybox', join(path, 'bin', name))))
}

/** Writes files given by path and content below `directory`. */
export async function writeFiles(
  directory: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
}

/** Makes the engine's image `base:1` from busybox. */
export async function importBase(docker: Client, directory: string): Promise<void> {
  const root = join(directory, 'rootfs')
  await writeRootfs(root)
  const archive = join(directory, 'rootfs.tar')
  await must('tar', ['-C', root, '-cf', archive, '.'])
  await docker('import', archive, 'base:1')
}

/** Builds `tag` from `base:1` and one layer of files; run, it prints all of them in order. */
export async function buildImage(
  docker: Client,
  directory: string,
  tag: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  const names = Object.keys(files)
  const command = JSON.stringify(['cat', ...names.map((name) => `/${name}`)])
  await writeFiles(directory, {
    ...files,
    Dockerfile: `FROM base:1\nCOPY ${names.join(' ')} /\nCMD ${command}\n`,
  })
  await docker('build', '--quiet', '--network', 'none', '--tag', tag, directory)
}
