const pattern = /^metadata-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z\.db$/

/** `20260731T120000.000Z`: sorts by time, and every file system takes it. */
export function timeInName(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]/g, '')
}

export function snapshotName(time: number): string {
  return `metadata-${timeInName(time)}.db`
}

/** `undefined` for a name that is not a snapshot's. */
export function timeOfSnapshot(name: string): number | undefined {
  const [, year, month, day, hours, minutes, seconds] = pattern.exec(name) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
  return Number.isNaN(time) ? undefined : time
}
