/** `node dist/config/write-reference.js` brings the checked-in reference page up to date. */
import { writeFileSync } from 'node:fs'
import { referencePage } from './reference.ts'

writeFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), referencePage())
