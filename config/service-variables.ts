/**
 * Kubernetes tells every container of each Service in its namespace through variables named after
 * the Service: next to a Service `registry` there is `REGISTRY_PORT=tcp://10.96.0.7:5000`, and next to
 * `layerhouse-http` a `LAYERHOUSE_HTTP_PORT`. Docker's old links did the same. Nobody meant them for us.
 */

const host = /_SERVICE_HOST$/
const port = /_SERVICE_PORT(?:_[A-Z0-9_]+)?$/
const perPort = /_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/
const link = /^(?:tcp|udp|sctp):\/\//

/** Whether the variable describes a Service; `…_PORT` does only with a URL as its value. */
export function isServiceVariable(name: string, value: string): boolean {
  if (host.test(name) || port.test(name) || perPort.test(name)) return true
  return name.endsWith('_PORT') && link.test(value)
}
