import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { keys } from '../../../config/keys.ts'
import { loadConfig } from '../../../config/load.ts'
import { referencePage } from '../../../config/reference.ts'

const root = new URL('../../../../', import.meta.url)
const example = fileURLToPath(new URL('config/layerhouse.example.yaml', root))

t.test('the example file names every key and changes no default', async (t) => {
  const { config, origins } = loadConfig({ file: example, env: {}, flags: {} })
  t.same(config, loadConfig({ env: {}, flags: {} }).config)
  const text = readFileSync(example, 'utf8')
  for (const { path, field } of keys) {
    if (field.default === undefined) {
      t.match(text, new RegExp(`^  # ${path.split('.').pop()}: \\S`, 'm'), `${path} is mentioned`)
    } else {
      t.equal(origins[path].source, 'file', path)
    }
  }
})

t.test('what the example file leaves commented out is valid', async (t) => {
  const text = readFileSync(example, 'utf8').replace(/^ {2}# (\w+: \S+)$/gm, '  $1')
  const folder = t.testdir({ 'a.yaml': text })
  const { origins } = loadConfig({ file: `${folder}/a.yaml`, env: {}, flags: {} })
  for (const { path } of keys) t.equal(origins[path].source, 'file', path)
})

t.test('the reference page is the one the schema makes', async (t) => {
  const page = readFileSync(new URL('docs/reference/configuration.md', root), 'utf8')
  t.equal(page, referencePage(), 'bring it up to date: node dist/config/write-reference.js')
})

t.test('the reference page has a row for every key', async (t) => {
  const page = referencePage()
  for (const { path, variable } of keys) {
    t.match(page, new RegExp(`^\\| \`${path}\` \\| .* \\| \`${variable}\` \\|`, 'm'), path)
  }
})
