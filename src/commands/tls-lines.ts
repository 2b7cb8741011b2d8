import { dirname } from 'node:path'
import type { MadeCertificates } from '../certificates/files.ts'
import type { ServerName } from '../certificates/names.ts'

const httpsPort = 443

/** As clients write it before the name of an image. */
function registryOf([first]: readonly ServerName[], port: number): string {
  const text = first?.text.replace(/^\*\./, 'registry.') ?? 'localhost'
  const host = first?.kind === 'ip' && text.includes(':') ? `[${text}]` : text
  return port === httpsPort ? host : `${host}:${port}`
}

/** What a person does next, to be copied. */
export function formatMadeCertificates(
  { files, authority, authorityIsNew, server }: MadeCertificates,
  names: readonly ServerName[],
  port: number,
): string {
  const registry = registryOf(names, port)
  const containerd = `/etc/containerd/certs.d/${registry}`
  const verb = authorityIsNew ? 'Made a private authority' : 'Used the private authority that is'
  return `${verb} in ${dirname(files.ca)}: ca.crt, and its key, ca.key. Whoever has that key can make
certificates that your clients trust: keep it secret, and keep it for the next certificate.

  SHA-256 of the authority  ${authority.fingerprint256}
  certificate for           ${names.map(({ text }) => text).join(', ')}
  valid until               ${new Date(server.validTo).toISOString()}

In the configuration of the registry:

  tls:
    certificate: ${files.certificate}
    key: ${files.key}
    ca: ${files.ca}

Clients have to trust ca.crt. It is also at https://${registry}/ca.crt: compare its SHA-256 with the
one above (openssl x509 -in ca.crt -noout -fingerprint -sha256).

Docker, which needs no restart:

  mkdir -p /etc/docker/certs.d/${registry}
  cp ca.crt /etc/docker/certs.d/${registry}/ca.crt

Podman, Buildah and Skopeo:

  mkdir -p /etc/containers/certs.d/${registry}
  cp ca.crt /etc/containers/certs.d/${registry}/ca.crt

containerd, and Kubernetes with it (config_path = "/etc/containerd/certs.d" in its configuration):

  mkdir -p ${containerd}
  cp ca.crt ${containerd}/ca.crt
  cat > ${containerd}/hosts.toml <<'END'
  server = "https://${registry}"

  [host."https://${registry}"]
    capabilities = ["pull", "resolve", "push"]
    ca = "${containerd}/ca.crt"
  END

All programs of a machine; on Debian and Ubuntu:

  cp ca.crt /usr/local/share/ca-certificates/layerhouse.crt && update-ca-certificates

on Fedora and Red Hat:

  cp ca.crt /etc/pki/ca-trust/source/anchors/layerhouse.crt && update-ca-trust
`
}
