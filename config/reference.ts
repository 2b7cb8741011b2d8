/** Writes `docs/reference/configuration.md` from the schema. */
import { type TObject, Type } from 'typebox'
import { fileVariable } from './environment.ts'
import { flagNames, flagTable } from './flags.ts'
import { type Key, keys } from './keys.ts'
import { rulesOf } from './kinds.ts'
import { notApplied, notNeeded, registry2NamesOf } from './registry2.ts'
import { schema } from './schema.ts'

const introduction = `# Configuration

<!-- Made from config/schema.ts by "node dist/config/write-reference.js"; edit that, not this page. -->

Every key has a default, so Layerhouse starts without any configuration. A value is taken from the
first of these places that has one:

1. a flag of the command (\`--port 5001\`),
2. a variable \`LAYERHOUSE_…\`,
3. a variable \`REGISTRY_…\` of a Docker registry (registry:2), for the names in the tables below,
4. the configuration file: \`--config FILE\`, or the file named by \`${fileVariable}\`,
5. the default.

\`layerhouse config print\` shows each value and where it comes from; \`layerhouse config check FILE\`
tells whether a file is right. \`config/layerhouse.example.yaml\` holds every key to copy from.

- The file is YAML. An unknown key, in the file or as a variable, stops the start: it is a mistake
  that would otherwise go unseen.
- An empty variable counts as not set. A list in a variable is separated by commas.
- A duration is written with units in falling order: \`500ms\`, \`90s\`, \`1h30m\`, \`7d\`.
- A size is written \`512KiB\`, \`4MiB\`, \`1GB\` or as a plain number of bytes.
`

/** The whole page, with its final line break. */
export function referencePage(): string {
  return [introduction, ...sectionsOf(schema, ''), registry2Section()].join('\n')
}

function sectionsOf(section: TObject, prefix: string): string[] {
  return Object.entries(section.properties).flatMap(([name, child]) =>
    Type.IsObject(child)
      ? [sectionText(child, `${prefix}${name}`), ...sectionsOf(child, `${prefix}${name}.`)]
      : [],
  )
}

function sectionText(section: TObject, name: string): string {
  const description = 'description' in section ? `${String(section.description)}\n\n` : ''
  const rows = keys
    .filter(({ path }) => path.slice(0, path.lastIndexOf('.')) === name)
    .map((key) => `| ${cellsOf(key).map(escapeCell).join(' | ')} |\n`)
  return (
    `## ${name}\n\n${description}` +
    '| key | type | default | environment | registry:2 | description |\n' +
    '|---|---|---|---|---|---|\n' +
    rows.join('')
  )
}

function cellsOf({ path, field, variable }: Key): string[] {
  const flags = flagNames.filter((name) => flagTable[name].key === path)
  const rules = rulesOf(field)
  return [
    code(path),
    rules.noun(field),
    field.default === undefined ? 'none' : code(rules.write(field.default)),
    code(variable),
    registry2NamesOf(path).map(code).join(', '),
    [field.description, ...flags.map((name) => `Flag: ${code(`--${name}`)}.`)].join(' '),
  ]
}

function registry2Section(): string {
  const dangers = Object.entries(notApplied).map(
    ([name, consequence]) => `- ${code(name)}: ${consequence}.\n`,
  )
  return (
    '## Variables of a Docker registry\n\n' +
    'The tables name those that set a key; `REGISTRY_STORAGE=filesystem` is understood too. A\n' +
    '`LAYERHOUSE_…` variable wins over them. These are understood and not needed, so nothing is said\n' +
    `about them: ${notNeeded.map(code).join(', ')}.\n\n` +
    'Any other `REGISTRY_…` variable is named in a warning at the start and ignored. The warning says\n' +
    'what does not happen for these and all that begin with them:\n\n' +
    dangers.join('') +
    '\nVariables that Kubernetes sets for a Service (`REGISTRY_SERVICE_HOST`, `REGISTRY_PORT_5000_TCP` …)\n' +
    'are passed over.\n'
  )
}

function code(text: string): string {
  return `\`${text}\``
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}
