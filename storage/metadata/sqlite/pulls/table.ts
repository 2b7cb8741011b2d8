import type { PullTable } from '../../pulls/store.ts'
import type { Context } from '../context.ts'
import { createCounting } from './counting.ts'
import { createFindPulls } from './find.ts'
import { createRecordPulls } from './record.ts'

export function createPulls(context: Context): PullTable {
  return {
    ...createCounting(context),
    ...createFindPulls(context),
    ...createRecordPulls(context),
  }
}
