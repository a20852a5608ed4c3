import { HoldfastError, isHoldfastError } from '../base/errors.ts'

/**
 * What went wrong in one attempt, as it was seen on the wire: evidence, not meaning. `resilience/`
 * turns it into a reason and a reaction, so that one table serves all providers.
 */
export type FaultEvidence =
  /** An answer with an error status. `headers` has lower-case names; `body` is the text, cut at 64 KiB. */
  | {
      readonly kind: 'http'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  /** No answer: DNS, refused, TLS, reset before the headers. `code` is Node's or undici's error code. */
  | { readonly kind: 'network'; readonly code: string; readonly sent: boolean }
  /** An error object inside an answer with status 200, as JSON or as an event of the stream. */
  | {
      readonly kind: 'error-event'
      readonly body: string
      readonly headers: Readonly<Record<string, string>>
    }
  /** The stream or the body ended, or the socket broke, before the provider said it was finished. */
  | { readonly kind: 'cut'; readonly code?: string }
  /** Status 200 with a body that is not the protocol: HTML, broken JSON, no choices, bad UTF-8, empty. */
  | {
      readonly kind: 'protocol'
      readonly problem:
        | 'html'
        | 'bad-json'
        | 'no-choices'
        | 'empty-body'
        | 'bad-utf8'
        | 'bad-content-type'
      readonly excerpt: string
    }
  /** The answer grew beyond the limit of bytes set for it. */
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  /** The request cannot be sent to this model, such as a part that it does not take. */
  | { readonly kind: 'unsupported'; readonly feature: string }

/** An attempt at a model that failed. Thrown by every `Model`, and by nothing else. */
export class ModelFault extends HoldfastError<'MODEL_FAILED'> {
  readonly evidence: FaultEvidence

  constructor(
    model: { readonly provider: string; readonly id: string },
    evidence: FaultEvidence,
    options?: { cause?: unknown },
  ) {
    super(
      'MODEL_FAILED',
      `${model.provider}/${model.id}: ${describeEvidence(evidence)}.`,
      { provider: model.provider, model: model.id, reason: evidence.kind },
      options,
    )
    this.evidence = evidence
  }
}

/** Whether a value is a `ModelFault`, also of another copy of the package. */
export function isModelFault(value: unknown): value is ModelFault {
  return isHoldfastError(value, 'MODEL_FAILED') && 'evidence' in value
}

function describeEvidence(evidence: FaultEvidence): string {
  switch (evidence.kind) {
    case 'http':
      return `the provider answered with status ${evidence.status}`
    case 'network':
      return `the provider could not be reached (${evidence.code})`
    case 'error-event':
      return 'the provider reported an error inside its answer'
    case 'cut':
      return 'the answer was cut off before its end'
    case 'protocol':
      return `the answer is not what the protocol promises (${evidence.problem})`
    case 'too-large':
      return `the answer grew beyond ${evidence.limitBytes} bytes`
    case 'unsupported':
      return `the request needs ${evidence.feature}, which this model does not take`
  }
}
