/** `node dist/routes/api/openapi/write.js` brings the checked-in document up to date. */
import { writeFileSync } from 'node:fs'
import { routes } from '../table.ts'
import { describeApi } from './document.ts'

const file = new URL('../../../../docs/reference/openapi.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(describeApi(routes), null, 2)}\n`)
