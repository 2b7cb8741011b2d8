/** Writes tars, always the same for the same content: no times, no owners. */

const block = 512
/** Longer sizes don't fit into eleven octal digits. */
const mostOctal = 0o77777777777
const zeros = Buffer.alloc(block)

/** Bytes that fill an entry of `size` bytes up to whole blocks. */
export function paddingOf(size: number): Buffer {
  return zeros.subarray(0, (block - (size % block)) % block)
}

/** Two empty blocks. */
export const tarEnd = Buffer.alloc(2 * block)

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

function writeSize(header: Buffer, size: number): void {
  if (size <= mostOctal) {
    header.write(octal(size, 12), 124, 'latin1')
    return
  }
  header.writeUInt8(0x80, 124)
  header.writeBigUInt64BE(BigInt(size), 128)
}

function headerOf(path: string, type: '0' | '5' | 'x', size: number): Buffer {
  const header = Buffer.alloc(block)
  header.write(path.slice(0, 100), 0, 'latin1')
  header.write(octal(type === '5' ? 0o755 : 0o644, 8), 100, 'latin1')
  header.write(octal(0, 8) + octal(0, 8), 108, 'latin1')
  writeSize(header, size)
  header.write(octal(0, 12), 136, 'latin1')
  header.write(`        ${type}`, 148, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** A path that is too long for the header stands in a PAX record before it (POSIX.1-2001). */
function recordOf(path: string): Buffer {
  const rest = ` path=${path}\n`
  let length = rest.length + 1
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length
  return Buffer.from(`${length}${rest}`)
}

/** What stands before an entry's bytes. @param path in ASCII; ends in a slash for a directory. */
export function tarHeader(path: string, size: number): Buffer {
  const header = headerOf(path, path.endsWith('/') ? '5' : '0', size)
  if (path.length <= 100) return header
  const record = recordOf(path)
  const before = headerOf('PaxHeader', 'x', record.length)
  return Buffer.concat([before, record, paddingOf(record.length), header])
}

/** Bytes that an entry takes in all. */
export function tarSize(path: string, size: number): number {
  return tarHeader(path, size).length + size + paddingOf(size).length
}
