import { openSqliteSubject } from './sqlite-subject.ts'
import { metadataStoreSuite } from './suite.ts'

metadataStoreSuite('SQLite', openSqliteSubject)
