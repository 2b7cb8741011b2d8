import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import type { Config } from '../../config/schema.ts'

/** The URL a client on this machine uses. */
function urlOf({ http, tls }: Config, { address, port }: AddressInfo): string {
  if (http.publicUrl !== undefined) return http.publicUrl
  const everywhere = address === '0.0.0.0' || address === '::'
  const host = everywhere ? 'localhost' : address.includes(':') ? `[${address}]` : address
  return `${tls.certificate === undefined ? 'http' : 'https'}://${host}:${port}`
}

/** What is told beside the usual. */
export interface BannerNotes {
  readonly attention?: string | undefined
  readonly code?: string | undefined
}

const open = 'open: anyone who reaches this port can push, pull and delete; set auth.mode: users'

/** What makes the first account; no password goes onto a command line, where others can see it. */
function setUpLines(url: string, code: string): string {
  return `
  There is no administrator yet. Make one with this code, which is good until the registry stops:

    ${code}

curl ${url}/api/v1/setup -H 'Content-Type: application/json' -d @- <<'END'
{"code": "${code}", "name": "admin", "password": "at least 12 characters"}
END
`
}

/**
 * What a person reads when the registry is up: where it is, where the data is, what to try.
 * @param notes.attention what must not be missed.
 * @param notes.code makes the first administrator, where there is none.
 */
export function formatBanner(
  config: Config,
  bound: AddressInfo,
  version: string,
  { attention, code }: BannerNotes = {},
): string {
  const url = urlOf(config, bound)
  const registry = url.replace(/^https?:\/\//, '')
  const isOpen = config.auth.mode === 'none'
  return `
  Layerhouse ${version} is ready.

    address   ${url}   (listening on ${bound.address}, port ${bound.port})
    data      ${resolve(config.storage.root)}
    access    ${isOpen ? open : 'for those who sign in, and may do what was granted to them'}
${code === undefined ? '' : setUpLines(url, code)}
  Try it:

${isOpen ? '' : `    docker login ${registry}\n`}    docker tag app:1.2 ${registry}/team/app:1.2
    docker push ${registry}/team/app:1.2
    ${isOpen ? `curl ${url}/v2/_catalog` : `curl -u NAME ${url}/v2/_catalog`}
    docker pull ${registry}/team/app:1.2

${attention === undefined ? '' : `  ATTENTION: ${attention}\n\n`}`
}
