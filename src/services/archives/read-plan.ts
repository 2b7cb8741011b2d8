import type { Contents } from './contents.ts'
import { planDockerSave } from './docker-save.ts'
import { planLayout } from './oci-layout.ts'
import type { Plan } from './plan.ts'
import { refuse } from './refusal.ts'

/** What there is to import. An archive with manifests of its own keeps them, as a push would. */
export function readPlan(contents: Contents, maxReferences: number): Plan {
  const { files } = contents
  const index = files.get('index.json')
  if (index?.kind === 'document') return planLayout(contents, index.bytes, maxReferences)
  const list = files.get('manifest.json')
  if (list?.kind === 'document') return planDockerSave(contents, list.bytes, maxReferences)
  throw refuse('it has neither index.json nor manifest.json, so it is no archive of images')
}
