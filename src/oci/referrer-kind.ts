/** What a referrer says about its subject, as far as its artifact type tells. */
export const referrerKinds = ['signature', 'sbom', 'attestation', 'other'] as const
export type ReferrerKind = (typeof referrerKinds)[number]

/** In this order: cosign's type of an attestation holds the word of a signature's tool. */
const patterns: readonly (readonly [RegExp, ReferrerKind])[] = [
  [/sbom|spdx|cyclonedx|syft/i, 'sbom'],
  [/attestation|\.att\.|in-toto|dsse|slsa|provenance/i, 'attestation'],
  [/signature|\.sig\.|notary|sigstore|cosign/i, 'signature'],
]

export function referrerKind(artifactType: string): ReferrerKind {
  return patterns.find(([pattern]) => pattern.test(artifactType))?.[1] ?? 'other'
}
