import type { FaultEvidence } from '../../model/fault.ts'

/** A fault before it is known which model it belongs to: thrown by parsers, caught by the model. */
export class WireFault extends Error {
  readonly evidence: FaultEvidence

  constructor(evidence: FaultEvidence, options?: { cause?: unknown }) {
    super(`The answer has a fault of kind ${evidence.kind}`, options)
    this.name = 'WireFault'
    this.evidence = evidence
  }
}

/** 200 characters of a body show a person what it was, and fit into a log line. */
export const excerptLength = 200

export function protocolFault(
  problem: Extract<FaultEvidence, { kind: 'protocol' }>['problem'],
  text: string,
  cause?: unknown,
): WireFault {
  const excerpt = text.slice(0, excerptLength)
  return new WireFault({ kind: 'protocol', problem, excerpt }, { cause })
}

/** 64 KiB: error bodies are under 4 KiB; what is longer is a page for people. */
export const errorBodyLimitBytes = 64 * 1024

/** An error that came inside an answer with status 200. */
export function errorEvent(body: string): WireFault {
  return new WireFault({
    kind: 'error-event',
    body: body.slice(0, errorBodyLimitBytes),
    headers: {},
  })
}

/**
 * A failure of undici or of the socket before the headers. `sent` is false only where the code proves
 * that nothing reached the provider: what is in doubt may have been billed.
 */
export function networkFault(error: unknown): WireFault {
  const code = errorCode(error)
  const sent = !neverSent.test(code) && syscallOf(error) !== 'connect'
  return new WireFault({ kind: 'network', code, sent }, { cause: error })
}

const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_(CONNECT_TIMEOUT|INVALID_ARG|DESTROYED|CLOSED)|CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH)/

/** The code of Node, OpenSSL or undici, looked for along the causes; the error's name where there is none. */
export function errorCode(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return error instanceof Error ? error.name : 'UNKNOWN'
}

function syscallOf(error: unknown): unknown {
  return error instanceof Error && 'syscall' in error ? error.syscall : undefined
}
