import { digestOf } from '../../../../src/oci/digest.ts'
import { parseRepositoryName } from '../../../../src/oci/name.ts'
import type { Step } from '../../../../src/services/pulls/step.ts'

/** A step that is told from others by its client. */
export function stepAt(at: number, client = String(at)): Step {
  return {
    kind: 'fetched',
    client,
    repository: parseRepositoryName('team/app'),
    tag: undefined,
    digest: digestOf(Buffer.from('m')),
    isIndex: false,
    at,
  }
}
