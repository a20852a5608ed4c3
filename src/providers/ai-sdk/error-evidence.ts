import { isRecord } from '../../base/json.ts'
import { type FaultEvidence, isModelFault } from '../../model/fault.ts'
import {
  errorBodyLimitBytes,
  errorCode,
  errorEvent,
  networkFault,
  protocolFault,
} from '../http/failures.ts'

/** Whether an answer had begun when the error came. */
export type Phase = 'opening' | 'reading'

const apiCallError = Symbol.for('vercel.ai.error.AI_APICallError')

/**
 * What an error of the AI SDK, or of a provider for it, says about the wire. Errors are told by brand
 * and by shape, never by `instanceof`: providers bring their own copies of the classes.
 */
export function evidenceOf(error: unknown, phase: Phase): FaultEvidence {
  if (isModelFault(error)) return error.evidence
  if (!isRecord(error)) return errorEvent(JSON.stringify({ error: { message: error } })).evidence
  if (typeof error.statusCode === 'number') return answeredWith(error, error.statusCode)
  if (apiCallError in error) return broken(error.cause ?? error, phase)
  const named = byName(error)
  if (named) return named
  return hasNetworkCode(error) ? broken(error, phase) : errorEvent(printError(error)).evidence
}

function answeredWith(error: Record<string, unknown>, status: number): FaultEvidence {
  const body = textOf(error.responseBody) || textOf(error.message)
  if (status < 200 || status > 299) {
    const headers = lowerCase(error.responseHeaders)
    return { kind: 'http', status, headers, body: body.slice(0, errorBodyLimitBytes) }
  }
  return unreadable(textOf(error.responseBody))
}

/** Status 200, and the provider's parser gave up: why is in the body. */
function unreadable(body: string): FaultEvidence {
  const text = body.trim()
  if (text === '') return protocolFault('empty-body', '').evidence
  if (text.startsWith('<')) return protocolFault('html', text).evidence
  const value = parsed(text)
  if (value === undefined) return protocolFault('bad-json', text).evidence
  const hasError = isRecord(value) && Boolean(value.error)
  return hasError ? errorEvent(text).evidence : protocolFault('no-choices', text).evidence
}

function broken(cause: unknown, phase: Phase): FaultEvidence {
  return phase === 'reading'
    ? { kind: 'cut', code: errorCode(cause) }
    : networkFault(cause).evidence
}

function byName(error: Record<string, unknown>): FaultEvidence | undefined {
  switch (error.name) {
    case 'AI_EmptyResponseBodyError':
    case 'AI_NoContentGeneratedError':
      return protocolFault('empty-body', '').evidence
    case 'AI_JSONParseError':
      return protocolFault('bad-json', textOf(error.text)).evidence
    case 'AI_TypeValidationError':
      return protocolFault('no-choices', JSON.stringify(error.value) ?? '').evidence
    case 'AI_InvalidResponseDataError':
      return protocolFault('no-choices', textOf(error.message)).evidence
    case 'AI_UnsupportedFunctionalityError':
      return { kind: 'unsupported', feature: textOf(error.functionality) || 'a feature' }
    case 'AI_LoadAPIKeyError':
      // No key, no call: the code by which OpenAI says that a key is wrong says it to everybody.
      return errorEvent(printError(error, 'invalid_api_key')).evidence
    case 'AI_NoSuchModelError':
      return errorEvent(printError(error, 'model_not_found')).evidence
    default:
      return undefined
  }
}

/** Codes of Node's sockets, of DNS and TLS, and of undici; not those of wrong arguments (`ERR_INVALID_…`). */
const networkCode =
  /^(E(?!RR_)[A-Z]+|EAI_\w+|UND_ERR_\w+|ERR_(TLS|SSL|STREAM)_\w+|CERT_\w+|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO\w+)$/

function hasNetworkCode(error: Record<string, unknown>): boolean {
  return networkCode.test(errorCode(error))
}

function printError(error: Record<string, unknown>, code?: string): string {
  if (!(error instanceof Error)) return JSON.stringify(error)
  const { name: type, message } = error
  return JSON.stringify({ error: { type, ...(code !== undefined && { code }), message } })
}

function lowerCase(headers: unknown): Record<string, string> {
  if (!isRecord(headers)) return {}
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ])
  return Object.fromEntries(entries)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The caller asks whether it is JSON; that it is not is the answer.
    return undefined
  }
}
