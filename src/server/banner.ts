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

/** What a person reads when the registry is up: where it is, where the data is, what to try. */
export function formatBanner(config: Config, bound: AddressInfo, version: string): string {
  const url = urlOf(config, bound)
  const registry = url.replace(/^https?:\/\//, '')
  return `
  Layerhouse ${version} is ready.

    address   ${url}   (listening on ${bound.address}, port ${bound.port})
    data      ${resolve(config.storage.root)}
    access    open: anyone who reaches this port can push, pull and delete

  Try it:

    docker tag app:1.2 ${registry}/team/app:1.2
    docker push ${registry}/team/app:1.2
    curl ${url}/v2/_catalog
    docker pull ${registry}/team/app:1.2

`
}
