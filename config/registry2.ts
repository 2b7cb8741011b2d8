/**
 * The variables people copy from a Docker registry (registry:2, distribution v2 and v3), so that its
 * compose file goes on working.
 */
import { type Environment, namesWithPrefix, variable } from './environment.ts'
import { keyOf } from './keys.ts'
import type { KeyPath } from './schema.ts'
import { emptyReading, joinReadings, type Reading, type Setting } from './settings.ts'

/** What a variable's value means in our keys; a text says why it means nothing. */
type Translation = Partial<Record<KeyPath, string>> | string

interface Translated {
  readonly keys: readonly KeyPath[]
  readonly translate: (value: string) => Translation
}

function same(key: KeyPath): Translated {
  return { keys: [key], translate: (value) => ({ [key]: value }) }
}

/** Other names for some values, compared in lower case as logrus does. */
function renamed(key: KeyPath, names: Readonly<Record<string, string>>): Translated {
  return {
    keys: [key],
    translate: (value) => ({ [key]: names[value.toLowerCase()] ?? value.toLowerCase() }),
  }
}

export const translated: Readonly<Record<string, Translated>> = {
  REGISTRY_HTTP_ADDR: { keys: ['http.host', 'http.port'], translate: translateAddress },
  REGISTRY_HTTP_HOST: {
    keys: ['http.publicUrl'],
    translate: (value) => ({ 'http.publicUrl': value.replace(/\/+$/, '') }),
  },
  REGISTRY_HTTP_DRAINTIMEOUT: same('http.drainTimeout'),
  REGISTRY_HTTP_TLS_CERTIFICATE: same('tls.certificate'),
  REGISTRY_HTTP_TLS_KEY: same('tls.key'),
  REGISTRY_HTTP_TLS_CLIENTCAS_0: {
    keys: ['tls.clientCa', 'tls.clientCertificates'],
    translate: (value) => ({ 'tls.clientCa': value, 'tls.clientCertificates': 'required' }),
  },
  REGISTRY_HTTP_TLS_MINIMUMTLS: { keys: ['tls.minVersion'], translate: translateTlsVersion },
  REGISTRY_STORAGE: { keys: [], translate: translateDriver },
  REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: same('storage.root'),
  REGISTRY_STORAGE_DELETE_ENABLED: same('delete.enabled'),
  REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE: same('uploads.expireAfter'),
  REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_INTERVAL: same('uploads.sweepInterval'),
  REGISTRY_CATALOG_MAXENTRIES: same('lists.maxPageSize'),
  REGISTRY_AUTH: { keys: ['auth.mode', 'auth.htpasswdActions'], translate: translateAuth },
  REGISTRY_AUTH_HTPASSWD_PATH: {
    keys: ['auth.htpasswd'],
    translate: (value) => ({ ...signInAsThere, 'auth.htpasswd': value }),
  },
  REGISTRY_LOG_LEVEL: renamed('log.level', { warning: 'warn', panic: 'fatal' }),
  REGISTRY_LOG_FORMATTER: renamed('log.format', { logstash: 'json' }),
}

/** There, whoever is in the file may do everything in all repositories. */
const signInAsThere = {
  'auth.mode': 'users',
  'auth.htpasswdActions': 'pull, push, overwrite, delete',
} as const

/** Set for reasons that do not exist here, whatever the value. */
export const notNeeded: readonly string[] = [
  'REGISTRY_AUTH_HTPASSWD_REALM',
  'REGISTRY_HTTP_SECRET',
  'REGISTRY_HTTP_RELATIVEURLS',
  'REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR',
  'REGISTRY_VALIDATION_DISABLED',
]

/** `REGISTRY_PORT` is a Service's in Kubernetes, and in compose files no name of the registry's. */
const ignored: ReadonlySet<string> = new Set([...notNeeded, 'REGISTRY_PORT'])

/** A variable or a group of them → what does not happen, where silence would be dangerous. */
export const notApplied: Readonly<Record<string, string>> = {
  REGISTRY_AUTH: 'the registry is NOT protected by it; set auth.mode to users, and make accounts',
  REGISTRY_HTTP_TLS_CLIENTCAS:
    'certificates of that authority are NOT taken; put all authorities into the file of tls.clientCa',
  REGISTRY_HTTP_TLS_LETSENCRYPT:
    'NO certificate is asked for because of it; set tls.certificate and tls.key',
  REGISTRY_HTTP_TLS: 'HTTPS is spoken as tls.certificate and the keys beside it say',
  REGISTRY_PROXY: 'the registry does NOT mirror another one because of it',
  REGISTRY_NOTIFICATIONS: 'NO notifications are sent because of it',
  REGISTRY_CONFIGURATION_PATH: 'the file it names is NOT read; use LAYERHOUSE_CONFIG',
  REGISTRY_STORAGE_S3: 'content is NOT kept in S3 but under storage.root',
  REGISTRY_STORAGE_GCS: 'content is NOT kept in Google Cloud Storage but under storage.root',
  REGISTRY_STORAGE_AZURE: 'content is NOT kept in Azure but under storage.root',
  REGISTRY_STORAGE_MAINTENANCE_READONLY: 'the registry is NOT read-only because of it',
  REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING:
    'unfinished uploads ARE removed, as uploads.expireAfter says',
}

/** Settings from `REGISTRY_*`; what is not understood is a warning, a bad value a problem. */
export function readRegistry2(environment: Environment): Reading {
  return joinReadings(
    namesWithPrefix(environment, 'REGISTRY_').map((name) => {
      const value = variable(environment, name)
      return value === undefined || ignored.has(name) ? emptyReading : readOne(name, value)
    }),
  )
}

function readOne(name: string, value: string): Reading {
  const rule = Object.hasOwn(translated, name) ? translated[name] : undefined
  if (rule === undefined) return { ...emptyReading, warnings: [warningAbout(name)] }
  const translation = rule.translate(value)
  return typeof translation === 'string'
    ? { ...emptyReading, problems: [`${name}: ${translation}`] }
    : { ...emptyReading, settings: settingsOf(name, translation) }
}

/** The variables that set a key, for the reference page. */
export function registry2NamesOf(path: KeyPath): string[] {
  return Object.keys(translated).filter((name) => translated[name]?.keys.includes(path))
}

function settingsOf(name: string, values: Partial<Record<KeyPath, string>>): Setting[] {
  return Object.entries(values).map(([path, raw]) => ({
    key: keyOf(path as KeyPath),
    raw,
    origin: { source: 'environment', name },
  }))
}

function warningAbout(name: string): string {
  const [, consequence] =
    Object.entries(notApplied).find(([group]) => name === group || name.startsWith(`${group}_`)) ??
    []
  return `${name}: not understood, ignored${consequence === undefined ? '' : `: ${consequence}`}`
}

/** `:5000`, `0.0.0.0:5000`, `[::]:5000`, `localhost:5001`; without a host, every address. */
function translateAddress(value: string): Translation {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(value) ?? []
  if (port === undefined) {
    return `${JSON.stringify(value)} is not an address with a port; write one such as :5000 or 127.0.0.1:5000`
  }
  return { 'http.host': bracketed || plain || '0.0.0.0', 'http.port': port }
}

/** Another way to sign in would leave a registry open that its owner takes for protected. */
function translateAuth(value: string): Translation {
  if (value === 'htpasswd') return signInAsThere
  return `${JSON.stringify(value)} is not supported; remove it or write htpasswd, or set auth.mode to users and make accounts`
}

/** TLS 1.0 and 1.1 are spoken no more (RFC 8996). */
function translateTlsVersion(value: string): Translation {
  const [, minor] = /^tls1\.([0-3])$/.exec(value) ?? []
  if (minor === undefined) {
    return `${JSON.stringify(value)} is no version of TLS; write tls1.2 or tls1.3`
  }
  return { 'tls.minVersion': minor === '3' ? 'tls1.3' : 'tls1.2' }
}

/** Ignoring another driver would put its content where nobody looks for it. */
function translateDriver(value: string): Translation {
  if (value === 'filesystem') return {}
  return `${JSON.stringify(value)} is not supported; remove it or write filesystem, and set storage.root`
}
