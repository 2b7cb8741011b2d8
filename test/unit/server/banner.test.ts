import t from 'tap'
import { loadConfig } from '../../../config/load.ts'
import { formatBanner } from '../../../src/server/banner.ts'
import { explainStartFailure } from '../../../src/server/start-failure.ts'

const configOf = (env: Record<string, string>) => loadConfig({ env, flags: {} }).config

t.test('the banner says where the registry is and what to type', async (t) => {
  const cases: readonly (readonly [Record<string, string>, string, RegExp])[] = [
    [{}, '0.0.0.0', /docker push localhost:5000\/team\/app:1\.2/],
    [{}, '::', /curl http:\/\/localhost:5000\/v2\/_catalog/],
    [{}, '192.0.2.1', /docker tag app:1\.2 192\.0\.2\.1:5000\/team/],
    [{}, '::1', /http:\/\/\[::1\]:5000/],
    [
      { LAYERHOUSE_HTTP_PUBLIC_URL: 'https://images.example' },
      '0.0.0.0',
      /docker push images\.example\/team/,
    ],
    [{ LAYERHOUSE_STORAGE_ROOT: '/srv/registry' }, '0.0.0.0', /data +\/srv\/registry\n/],
  ]
  for (const [env, address, expected] of cases) {
    const banner = formatBanner(configOf(env), { address, port: 5000, family: 'IPv4' }, '1.2.3')
    t.match(banner, expected, address)
    t.match(banner, /Layerhouse 1\.2\.3/)
    t.match(banner, /anyone who reaches this port/)
  }
})

t.test('what must not be missed stands at the end of the banner', async (t) => {
  const address = { address: '::1', port: 5000, family: 'IPv6' }
  const banner = formatBanner(configOf({}), address, '1.2.3', { attention: 'read this' })
  t.match(banner, /\n {2}ATTENTION: read this\n\n$/)
})

const bound = { address: '0.0.0.0', port: 5000, family: 'IPv4' } as const

t.test('where people sign in, the banner says so, and how to make the first account', async (t) => {
  const config = configOf({ LAYERHOUSE_AUTH_MODE: 'users' })
  const settled = formatBanner(config, bound, '1.2.3')
  t.match(settled, /docker login localhost:5000/)
  t.notMatch(settled, /anyone who reaches|administrator/)

  const code = 'ABCDE-FGHJK-MNPQR-STVWX'
  const banner = formatBanner(config, bound, '1.2.3', { code })
  const lines = /curl (\S+) -H '([^']+)' -d @- <<'END'\n([^\n]*)\nEND\n/.exec(banner)
  t.same(lines?.slice(1, 3), [
    'http://localhost:5000/api/v1/setup',
    'Content-Type: application/json',
  ])
  t.match(JSON.parse(lines?.[3] ?? ''), { code, name: 'admin', password: String })
})

t.test('a failed start names what to change', async (t) => {
  const failure = (code: string) =>
    explainStartFailure(Object.assign(new Error('detail'), { code }), configOf({}))
  t.match(failure('EADDRINUSE'), /port 5000.*--port/)
  t.match(failure('EADDRNOTAVAIL'), /--host/)
  t.match(failure('EACCES'), /--root.*detail/)
  for (const code of ['ENOSPC', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']) {
    t.match(failure(code), /disk of the data directory \.\/data is full: detail; free/, code)
  }
  t.match(failure('SQLITE_IOERR_FSYNC'), /reports errors: detail; check it/)
  t.equal(
    explainStartFailure(new Error('written by a newer Layerhouse'), configOf({})),
    'written by a newer Layerhouse',
  )
})
