import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { freePort } from './port.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

/** The proxy settings the guide recommends, and paths of our own for everything nginx writes. */
function configure(directory: string, port: number, upstream: string): string {
  const spool = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
pid ${directory}/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  ${spool.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    location / {
      proxy_pass http://${upstream};
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_read_timeout 900;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`
}

/** Starts an nginx in front of `upstream` (`host:port`); gives its own `host:port`. */
export async function startNginx(scope: Scope, upstream: string): Promise<string> {
  const directory = await temporaryDirectory(scope)
  const port = await freePort()
  const path = join(directory, 'nginx.conf')
  await mkdir(join(directory, 'logs'))
  await writeFile(path, configure(directory, port, upstream))
  const host = `127.0.0.1:${port}`
  const daemon = await startDaemon({
    command: 'nginx',
    args: ['-p', directory, '-e', 'stderr', '-c', path],
    ready: async () => (await fetch(`http://${host}/v2/`)).status === 200,
  })
  scope.teardown(() => daemon.stop())
  return host
}
