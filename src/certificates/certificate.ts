import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import {
  bits,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  time,
  truth,
  utf8,
} from './der.ts'
import type { ServerName } from './names.ts'

/*
 * X.509 certificates (RFC 5280) of two kinds: a private authority, and a server that it vouches for.
 * Keys are ECDSA on P-256, signatures ECDSA with SHA-256.
 */

/** A certificate and the key that belongs to it. */
export interface Pair {
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

export interface Validity {
  readonly from: Date
  readonly to: Date
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))

function nameOf(commonName: string): Buffer {
  return sequence(setOf(sequence(oid('2.5.4.3'), utf8(commonName))))
}

function extension(id: string, content: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [truth] : []), octets(content))
}

/** Names a key (RFC 7093 §2): of the point on the curve, the last 65 bytes of a key on P-256. */
function identifierOf(key: KeyObject): Buffer {
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-65)
  return createHash('sha256').update(point).digest().subarray(0, 20)
}

const subjectKey = (key: KeyObject) => extension('2.5.29.14', octets(identifierOf(key)))
const authorityKey = (key: KeyObject) =>
  extension('2.5.29.35', sequence(implicit(0, identifierOf(key))))

function alternativeName(name: ServerName): Buffer {
  return name.kind === 'dns' ? implicit(2, Buffer.from(name.text)) : implicit(7, name.bytes)
}

interface Parts {
  readonly issuer: string
  readonly subject: string
  readonly validity: Validity
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

function issue(parts: Parts, signer: KeyObject): X509Certificate {
  const { issuer, subject, validity, publicKey, extensions } = parts
  // 127 bits of chance, so that no two are the same and none begins with a zero byte.
  const serial = randomBytes(16)
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40
  const content = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(validity.from), time(validity.to)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  )
  const signature = sign('sha256', content, signer)
  return new X509Certificate(sequence(content, ecdsaWithSha256, bits(signature)))
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** A private authority, which can vouch for servers and for no other authority. */
export function makeAuthority(commonName: string, validity: Validity): Pair {
  const { privateKey: key, publicKey } = newKeys()
  const extensions = [
    extension('2.5.29.19', sequence(truth, integer(Buffer.from([0]))), true),
    // keyCertSign and cRLSign.
    extension('2.5.29.15', bits(Buffer.from([0x06]), 1), true),
    subjectKey(publicKey),
    authorityKey(publicKey),
  ]
  const parts = { issuer: commonName, subject: commonName, validity, publicKey, extensions }
  return { certificate: issue(parts, key), key }
}

/** A longer common name is none (RFC 5280, `ub-common-name`); clients read the other names only. */
const maxCommonName = 64

/**
 * A server of these names; at least one.
 * @throws Error if `authority` was not made by {@link makeAuthority}.
 */
export function makeServer(
  authority: Pair,
  names: readonly ServerName[],
  validity: Validity,
): Pair {
  const { privateKey: key, publicKey } = newKeys()
  const [, issuer = ''] = /^CN=(.*)$/.exec(authority.certificate.subject) ?? []
  const subject = names.map(({ text }) => text).find((text) => text.length <= maxCommonName)
  const extensions = [
    extension('2.5.29.19', sequence(), true),
    // digitalSignature.
    extension('2.5.29.15', bits(Buffer.from([0x80]), 7), true),
    // serverAuth.
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(...names.map(alternativeName))),
    subjectKey(publicKey),
    authorityKey(createPublicKey(authority.key)),
  ]
  const parts = { issuer, subject: subject ?? 'registry', validity, publicKey, extensions }
  const certificate = issue(parts, authority.key)
  if (
    !certificate.checkIssued(authority.certificate) ||
    !certificate.verify(authority.certificate.publicKey)
  ) {
    throw new Error('the authority is not one that was made here')
  }
  return { certificate, key }
}
