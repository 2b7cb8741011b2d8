/**
 * Which media types a client reads, from its `Accept` (repeated lines arrive joined by commas).
 * Weights and parameters are ignored. Docker lists `application/json` because of its default decoder
 * and means "anything"; so does an absent header. The header is read when it is first asked for.
 */
export function acceptsOf(header: string | undefined): (mediaType: string) => boolean {
  let read: ((mediaType: string) => boolean) | undefined
  return (mediaType) => {
    read ??= readAccept(header)
    return read(mediaType)
  }
}

function readAccept(header: string | undefined): (mediaType: string) => boolean {
  const types = (header ?? '')
    .split(',')
    .map((part) => part.split(';', 1)[0]?.trim().toLowerCase() ?? '')
    .filter((type) => type !== '')
  const anything = ['*/*', 'application/*', 'application/json']
  if (types.length === 0 || types.some((type) => anything.includes(type))) return () => true
  const set = new Set(types)
  return (mediaType) => set.has(mediaType)
}
