import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describeCommand, type Options, readOptions, usage } from './options.ts'
import { mergeResults } from './report/merge.ts'
import { recordResult } from './report/record.ts'
import { formatResult } from './report/text.ts'
import { isMeasured, type Result } from './result.ts'
import { runBench } from './run/run.ts'
import { works } from './works/all.ts'

function readOrExplain(args: readonly string[]): Options | undefined {
  try {
    return readOptions(
      works.map(({ name }) => name),
      args,
    )
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    return undefined
  }
}

async function readResult(file: string): Promise<Result> {
  return JSON.parse(await readFile(file, 'utf8')) as Result
}

async function obtain(options: Options, args: readonly string[]): Promise<Result> {
  if (options.from.length > 0) return mergeResults(await Promise.all(options.from.map(readResult)))
  const wanted = works.filter(({ name }) => options.works.includes(name))
  const result = await runBench(options, wanted, describeCommand(args))
  const file = options.json ?? `bench/results/${result.date.replaceAll(':', '-')}.json`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`)
  console.error(`written: ${file}`)
  return result
}

/** What should have been measured and was not makes the run a failure. */
function failures({ works }: Result): readonly string[] {
  return works.flatMap(({ name, outcomes }) =>
    Object.entries(outcomes).flatMap(([contender, outcome]) =>
      isMeasured(outcome) || !outcome.failed ? [] : [`${name}, ${contender}: ${outcome.missing}`],
    ),
  )
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOrExplain(args)
  if (options === undefined) return 2
  if (options.help) console.log(usage)
  else if (options.list) for (const { name, title } of works) console.log(`${name}\t${title}`)
  if (options.help || options.list) return 0
  const result = await obtain(options, args)
  console.log(formatResult(result))
  if (options.record) await recordResult('bench/RESULTS.md', result)
  const failed = failures(result)
  for (const line of failed) console.error(`FAILED ${line}`)
  return failed.length === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
