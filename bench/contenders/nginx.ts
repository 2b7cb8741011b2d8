import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../../test/helpers/e2e/command.ts'
import type { Contender } from './contender.ts'

const spools = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** Files as they lie, by `sendfile`, with open files remembered: about what the kernel allows. */
function configure(port: number, root: string, directory: string): string {
  return `daemon off;
pid ${directory}/nginx.pid;
error_log stderr error;
worker_processes auto;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  default_type application/octet-stream;
  ${spools.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`
}

/** The limit: no registry, but the same bytes. */
export const nginx: Contender = {
  name: 'nginx',
  title: 'nginx (files)',
  kind: 'files',
  format: 'files',
  program: 'nginx',
  async version(program) {
    const { stderr } = await must(program, ['-v'])
    return stderr.trim().replace('nginx version: nginx/', '')
  },
  async launch(program, { port, root, directory }) {
    const path = join(directory, 'nginx.conf')
    await mkdir(join(directory, 'logs'), { recursive: true })
    await mkdir(join(root, 'v2'), { recursive: true })
    await writeFile(join(root, 'v2/index.html'), '')
    await writeFile(path, configure(port, root, directory))
    // Else its workers, as another user, may not enter the directory.
    const asRoot = process.getuid?.() === 0 ? ['-g', 'user root;'] : []
    return {
      command: program,
      args: ['-p', directory, '-e', 'stderr', '-c', path, ...asRoot],
    }
  },
  readyPath: '/v2/',
}
