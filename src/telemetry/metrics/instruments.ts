import type { Measurements } from '../../base/telemetry-port.ts'
import {
  durationBucketsSeconds,
  errorType,
  genAi,
  own,
  tokenBuckets,
} from '../../model/conventions.ts'

/** One instrument: how it adds up, and which labels it has. */
export type Instrument = {
  readonly description: string
  /** UCUM. Annotations in braces leave no trace in Prometheus names, so all readers see the same name. */
  readonly unit:
    | 's'
    | '{token}'
    | '{attempt}'
    | '{call}'
    | '{USD}'
    | '{answer}'
    | '{value}'
    | '{change}'
    | '{text}'
    | '{record}'
    | '{run}'
  readonly labels: readonly string[]
} & (
  | { readonly kind: 'histogram'; readonly buckets: readonly number[] }
  | { readonly kind: 'counter' }
)

const provider = [genAi.operationName, genAi.providerName, genAi.requestModel] as const

/** Seconds of work that takes from a millisecond (reading memory) to minutes (waiting in a queue). */
const stepBucketsSeconds = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
] as const

/**
 * All that is measured. Histograms and names of the first three are those of the conventions; each
 * attempt at a provider is one operation there.
 */
export const instruments = {
  'gen_ai.client.operation.duration': {
    kind: 'histogram',
    description: 'Duration of a request to a model.',
    unit: 's',
    buckets: durationBucketsSeconds,
    labels: [...provider, genAi.responseModel, errorType],
  },
  'gen_ai.client.token.usage': {
    kind: 'histogram',
    description: 'Input and output tokens of a request to a model.',
    unit: '{token}',
    buckets: tokenBuckets,
    labels: [...provider, genAi.responseModel, genAi.tokenType],
  },
  'gen_ai.client.operation.time_to_first_chunk': {
    kind: 'histogram',
    description: 'Time from the request to the first content of a streamed answer.',
    unit: 's',
    buckets: durationBucketsSeconds,
    labels: [...provider, genAi.responseModel],
  },
  'holdfast.call.duration': {
    kind: 'histogram',
    description: 'Duration of a logical call with all its attempts, by where its answer came from.',
    unit: 's',
    buckets: durationBucketsSeconds,
    labels: [own.pipeline, own.source],
  },
  'holdfast.calls.degraded': {
    kind: 'counter',
    description: 'Calls that were not answered by the primary model, by the reason.',
    unit: '{call}',
    labels: [own.pipeline, own.source, own.degradedReason],
  },
  'holdfast.step.duration': {
    kind: 'histogram',
    description: 'Duration of a station of a call.',
    unit: 's',
    buckets: stepBucketsSeconds,
    labels: [own.pipeline, 'step'],
  },
  'holdfast.context.tokens': {
    kind: 'histogram',
    description: 'Tokens of a context as it was built, by what they are for.',
    unit: '{token}',
    buckets: tokenBuckets,
    labels: [own.pipeline, 'section'],
  },
  'holdfast.queue.wait': {
    kind: 'histogram',
    description: 'Time from the acceptance of an answer to the worker that makes it.',
    unit: 's',
    buckets: stepBucketsSeconds,
    labels: [own.pipeline],
  },
  'holdfast.runs': {
    kind: 'counter',
    description: 'Runs of enqueued answers: first ones, begun again, or put off.',
    unit: '{run}',
    labels: [own.pipeline, 'kind'],
  },
  'holdfast.attempts': {
    kind: 'counter',
    description: 'Attempts at models, by why they were made and how they ended.',
    unit: '{attempt}',
    labels: [own.pipeline, genAi.providerName, genAi.requestModel, 'cause', 'outcome'],
  },
  'holdfast.cost.usd': {
    kind: 'counter',
    description: 'Cost of all attempts whose price is known, in US dollars.',
    unit: '{USD}',
    labels: [own.pipeline, genAi.providerName, genAi.requestModel],
  },
  'holdfast.output.recovered': {
    kind: 'counter',
    description: 'Answers that were mended without another call, by the rule that mended them.',
    unit: '{answer}',
    labels: ['model', 'schema', 'rule'],
  },
  'holdfast.output.rejected': {
    kind: 'counter',
    description: 'Answers that did not fit their schema, by what was wrong.',
    unit: '{answer}',
    labels: ['model', 'schema', 'cause'],
  },
  'holdfast.precompute': {
    kind: 'counter',
    description: 'Answers made ahead, by the rule that wanted them and what became of them.',
    unit: '{answer}',
    labels: ['pipeline', 'rule', 'outcome'],
  },
  'holdfast.check.answers': {
    kind: 'counter',
    description: 'Answers of models to saved cases, by what was found.',
    unit: '{answer}',
    labels: [own.pipeline, 'model', 'outcome'],
  },
  'holdfast.model.changes': {
    kind: 'counter',
    description: 'What a check found to be other than before, by model.',
    unit: '{change}',
    labels: [own.pipeline, 'model', 'change'],
  },
  'holdfast.redactions': {
    kind: 'counter',
    description: 'Values that were replaced before anything was recorded, by type.',
    unit: '{value}',
    labels: ['type'],
  },
  'holdfast.redaction.failures': {
    kind: 'counter',
    description: 'Texts that could not be redacted and were withheld.',
    unit: '{text}',
    labels: [],
  },
  'holdfast.telemetry.dropped': {
    kind: 'counter',
    description: 'Records that were not kept, by where they should have gone and why.',
    unit: '{record}',
    labels: ['sink', 'reason'],
  },
} as const satisfies Readonly<Record<string, Instrument>> &
  Readonly<Record<keyof Measurements, Instrument>>

export type InstrumentName = keyof typeof instruments
