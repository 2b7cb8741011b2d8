import { makeFilesystem } from '../../helpers/filesystem.ts'
import { uploadStoreSuite } from './suite.ts'

uploadStoreSuite('filesystem', makeFilesystem)
