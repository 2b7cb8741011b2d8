import { type Management, openManagement } from '../management.ts'
import type { Command } from './command.ts'
import { configurationFlagsHelp, configurationSynopsis, loadFromArgs } from './configuration.ts'
import {
  type Deletion,
  type DeletionPlan,
  formatDeleted,
  formatDeletedRepository,
  formatPlan,
  formatRepositoryPlan,
  type RepositoryPlan,
} from './rm-report.ts'
import { runTask, taskFlagsHelp, taskSwitches } from './task.ts'

export const rm: Command = {
  name: 'rm',
  summary: 'Delete a tag, an image or a repository.',
  usage: `Usage: layerhouse rm REPO[:TAG|@DIGEST] [--preview] [--purge] [--quiet] [--json] ${configurationSynopsis}

Deletes a tag, with all that nothing else holds then; an image by its digest, with all its tags; or a
whole repository. TAG may be a pattern in which * stands for any characters and ? for one. It can be
undone for history.keep; --purge gives that up to have the space back sooner. A running registry is
asked to do it; if none runs, it is done here. The exit code is 1 if nothing of it is there.

Flags:
${configurationFlagsHelp([
  ['--preview', 'Tell what would go, what would stay and why, and change nothing.'],
  ['--purge', 'No undo: the space comes back after gc.grace.'],
  ...taskFlagsHelp,
])}`,
  async run(args, io) {
    const own = { positionals: ['REPO'] }
    const known = ['preview', 'purge', ...taskSwitches] as const
    const { config, warnings, switches, positionals } = loadFromArgs(args, io, known, own)
    for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`)
    const target = parseTarget(positionals[0] ?? '')
    const wish = { target, preview: switches.has('preview'), purge: switches.has('purge') }
    const task = {
      name: 'rm',
      switches,
      async work() {
        const registry = await openManagement(config)
        return remove(registry, wish).finally(registry.close)
      },
      format: ({ text }: Removed) => text,
      failed: ({ answer }: Removed) => isNothing(answer),
      json: ({ answer }: Removed) => answer,
      warnings: () => [],
    }
    return runTask(task, io)
  },
}

/** Nothing that was named is there. */
function isNothing(answer: object): boolean {
  const plan = ('plan' in answer ? answer.plan : answer) as Partial<DeletionPlan>
  if (plan.unknown === undefined) return false
  const { tags = [], manifests = [], kept = [] } = plan
  return tags.length + manifests.length + kept.length === 0
}

interface Target {
  readonly repo: string
  readonly matching?: string
  readonly digest?: string
  readonly all: boolean
}

interface Wish {
  readonly target: Target
  readonly preview: boolean
  readonly purge: boolean
}

interface Removed {
  readonly text: string
  readonly answer: object
}

function parseTarget(text: string): Target {
  const at = text.indexOf('@')
  if (at > 0) return { repo: text.slice(0, at), digest: text.slice(at + 1), all: false }
  const colon = text.indexOf(':')
  if (colon > 0) return { repo: text.slice(0, colon), matching: text.slice(colon + 1), all: false }
  return { repo: text, all: true }
}

function bodyOf({ repo, matching, digest }: Target): object {
  if (digest !== undefined) return { repo, digests: [digest] }
  const isPattern = /[*?]/.test(matching ?? '')
  return isPattern ? { repo, matching } : { repo, tags: [matching] }
}

async function remove(registry: Management, { target, preview, purge }: Wish): Promise<Removed> {
  if (target.all && preview) {
    const body = { repo: target.repo, all: true }
    const answer = await registry.ask<RepositoryPlan>('POST', '/deletions/preview', body)
    return { answer, text: formatRepositoryPlan(target.repo, answer, purge) }
  }
  if (target.all) {
    const query = `repo=${encodeURIComponent(target.repo)}&purge=${purge}`
    const answer = await registry.ask<Deletion>('DELETE', `/repo?${query}`)
    return { answer, text: formatDeletedRepository(answer) }
  }
  const body = bodyOf(target)
  if (preview) {
    const answer = await registry.ask<DeletionPlan>('POST', '/deletions/preview', body)
    return { answer, text: formatPlan(answer, purge) }
  }
  const answer = await registry.ask<{ plan: DeletionPlan; deletion?: Deletion }>(
    'POST',
    '/deletions',
    { ...body, purge },
  )
  return { answer, text: formatDeleted(answer, purge) }
}
