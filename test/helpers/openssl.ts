import { spawnSync } from 'node:child_process'

const { error } = spawnSync('openssl', ['version'], { stdio: 'ignore' })

/** For `skip` of tests that hold our certificates against OpenSSL's program. */
export const withoutOpenssl = error === undefined ? false : 'the program openssl is not installed'
