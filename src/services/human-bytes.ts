const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** A number of bytes for a person: `0 B`, `2.4 MiB`, `812 MiB`. Never more than there are. */
export function humanBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const shown = value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value)
  return `${shown} ${units[unit]}`
}
