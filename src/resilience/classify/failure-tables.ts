import type { FailureReason } from '../../model/failure-reason.ts'
import type { Diagnosis } from './diagnosis.ts'

/** What else is known where one code deviates from the usual cause of its reason. */
export type Known = Partial<Omit<Diagnosis, 'reason' | 'detail'>>

/** What a status means where the body says nothing better. A status in neither table goes by its hundred. */
export const reasonByStatus: Readonly<Record<number, FailureReason>> = {
  400: 'bad-request',
  401: 'bad-key',
  402: 'quota-exhausted',
  403: 'bad-key',
  404: 'model-not-found',
  408: 'server-error',
  409: 'server-error',
  410: 'model-not-found',
  413: 'context-too-long',
  424: 'server-error',
  425: 'server-error',
  429: 'rate-limited',
  // Groq: flex capacity exceeded.
  498: 'overloaded',
  499: 'server-error',
  503: 'overloaded',
  // Anthropic.
  529: 'overloaded',
}

/** The reason of a status that no table knows. */
export function reasonOfStatus(status: number): FailureReason {
  const known = reasonByStatus[status]
  if (known !== undefined) return known
  if (status >= 500 && status < 600) return 'server-error'
  if (status >= 400 && status < 500) return 'bad-request'
  // A redirect or worse: whoever answered is not the provider's API.
  return 'garbage'
}

interface NetworkRule {
  readonly pattern: RegExp
  readonly reason: FailureReason
  readonly known?: Known
}

/** A broken certificate does not mend itself in a second, and retrying it is never right. */
const tls: Known = { transient: false, backoff: 0, coolMs: 60_000 }

/** The other side closed a kept-alive socket: the same request on a new one, at once. */
const stale: Known = { retry: 'same', backoff: 0 }

/** Codes of Node, OpenSSL and undici, the first match counts. */
export const networkRules: readonly NetworkRule[] = [
  { pattern: /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, reason: 'connect-timeout' },
  { pattern: /^UND_ERR_HEADERS_TIMEOUT$/, reason: 'first-content-timeout' },
  { pattern: /^UND_ERR_BODY_TIMEOUT$/, reason: 'idle-timeout' },
  { pattern: /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, reason: 'network', known: stale },
  {
    pattern: /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/,
    reason: 'network',
    known: tls,
  },
  { pattern: /./, reason: 'network' },
]

/** What a body that is not the protocol is a sign of. */
export const protocolRules: Readonly<Record<string, { reason: FailureReason; known?: Known }>> = {
  // A login page, a firewall, a proxy: it is there the next time as well.
  html: { reason: 'garbage', known: { retry: 'next', backoff: 1 } },
  'bad-content-type': { reason: 'garbage', known: { retry: 'next', backoff: 1 } },
  'bad-json': { reason: 'garbage' },
  'bad-utf8': { reason: 'garbage' },
  'empty-body': { reason: 'empty' },
  'no-choices': { reason: 'empty' },
}
