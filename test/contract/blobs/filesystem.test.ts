import { makeFilesystem } from '../../helpers/filesystem.ts'
import { blobStoreSuite } from './suite.ts'

blobStoreSuite('filesystem', makeFilesystem)
