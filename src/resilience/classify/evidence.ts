import { isHoldfastError } from '../../base/errors.ts'
import { isRecord } from '../../base/json.ts'
import { type FailureReason, failureReasons } from '../../model/failure-reason.ts'
import { type FaultEvidence, isModelFault } from '../../model/fault.ts'

/** What was thrown, as evidence, or as a reason where whoever threw it has decided that already. */
export type Found =
  | { readonly evidence: FaultEvidence }
  | { readonly reason: FailureReason }
  | undefined

const evidenceKinds = new Set<unknown>([
  'http',
  'network',
  'error-event',
  'cut',
  'protocol',
  'too-large',
  'unsupported',
] satisfies FaultEvidence['kind'][])

/** Errors of the AI SDK, by name, whose meaning their name says; `APICallError` is read like a response. */
const reasonByErrorName: Readonly<Record<string, FailureReason>> = {
  AI_NoSuchModelError: 'model-not-found',
  AI_LoadAPIKeyError: 'bad-key',
  AI_UnsupportedFunctionalityError: 'unsupported',
  AI_InvalidPromptError: 'bad-request',
  AI_InvalidArgumentError: 'bad-request',
  AI_JSONParseError: 'garbage',
  AI_InvalidResponseDataError: 'garbage',
  AI_TypeValidationError: 'garbage',
  AI_EmptyResponseBodyError: 'empty',
  AI_NoContentGeneratedError: 'empty',
  // Not ours: an abort of ours is known before anything is classified.
  AbortError: 'cut',
  TimeoutError: 'attempt-timeout',
}

/** Codes of sockets, DNS, TLS and undici; what else has a code is an error of the program. */
const networkCode =
  /^(E[A-Z]{4,}|EAI_[A-Z]+|UND_ERR_\w+|CERT_\w+|ERR_TLS\w+|ERR_SSL\w+|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO_\w+|HOSTNAME_MISMATCH)$/

/** A chain of causes longer than this has a cycle. */
const longestChain = 8

/**
 * Looks for the evidence in anything that a model may throw, along the causes: a `ModelFault`, an
 * `APICallError` of the AI SDK, an error of Node or undici by its code.
 */
export function findEvidence(thrown: unknown): Found {
  let error = thrown
  for (let depth = 0; depth < longestChain && isRecord(error); depth++) {
    const found = readError(error)
    if (found) return found
    // The AI SDK's RetryError keeps the last of several errors apart from its cause.
    error = error.lastError ?? error.cause
  }
  return undefined
}

function readError(error: Record<string, unknown>): Found {
  if (isModelFault(error)) return { evidence: error.evidence }
  if (isEvidence(error)) return { evidence: error }
  if (typeof error.statusCode === 'number') return { evidence: readResponse(error) }
  const { name, code } = error
  if (typeof name === 'string' && Object.hasOwn(reasonByErrorName, name)) {
    return reasonByErrorName[name] && { reason: reasonByErrorName[name] }
  }
  if (typeof code === 'string' && networkCode.test(code)) {
    return { evidence: { kind: 'network', code, sent: true } }
  }
  return readOwnError(error)
}

/** A protected model inside another one has classified its failure already. */
function readOwnError(error: object): Found {
  if (isHoldfastError(error, 'NO_ANSWER')) return knownReason(error.data.lastReason)
  if (isHoldfastError(error, 'MODEL_FAILED')) return knownReason(error.data.reason)
  return undefined
}

function knownReason(word: string): Found {
  const reason = failureReasons.find((known) => known === word)
  return reason && { reason }
}

function isEvidence(value: object): value is FaultEvidence {
  return !(value instanceof Error) && 'kind' in value && evidenceKinds.has(value.kind)
}

function readResponse(error: Record<string, unknown>): FaultEvidence {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(
    isRecord(error.responseHeaders) ? error.responseHeaders : {},
  )) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value
  }
  const body = typeof error.responseBody === 'string' ? error.responseBody : ''
  const status = Number(error.statusCode)
  // The AI SDK reports an answer with status 200 that it could not read as a failed call.
  if (status < 300) return { kind: 'protocol', problem: 'bad-json', excerpt: body.slice(0, 200) }
  return { kind: 'http', status, headers, body }
}
