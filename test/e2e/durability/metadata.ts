import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'

/** Run by the tests here under strace: opens the metadata in the file it is given, and closes it. */
const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('which file?')
const store = openSqlite({ file })
process.stdout.write('open')
await store.close()
