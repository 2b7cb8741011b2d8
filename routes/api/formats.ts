import Format from 'typebox/format'
import { isDigest } from '../../src/oci/digest.ts'
import { isRepositoryName } from '../../src/oci/name.ts'
import { isTag } from '../../src/oci/reference.ts'

/** Text that has a grammar: `format` of a schema → its check, and how a person is told of it. */
export const formats: Readonly<Record<string, readonly [(text: string) => boolean, string]>> = {
  repository: [isRepositoryName, 'a repository name such as team/app'],
  digest: [isDigest, 'a digest: sha256: and 64, or sha512: and 128 lower-case hex digits'],
  tag: [isTag, 'a tag: up to 128 letters, digits and . _ -, a letter, digit or _ first'],
}

for (const [name, [check]] of Object.entries(formats)) Format.Set(name, check)
