import { OciError } from '../oci/errors.ts'

/** The reading of a body was ended; nothing is wrong with what came before, and it may be kept. */
export class Interruption extends OciError {}
