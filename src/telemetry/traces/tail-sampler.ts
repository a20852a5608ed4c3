import { invalidConfig } from '../../base/errors.ts'
import { own } from '../../model/conventions.ts'
import type { EndedTrace } from '../trace-recorder.ts'

export interface SamplingPolicy {
  /** The share of ordinary calls that are kept, from 0 to 1. Default 1. */
  readonly share?: number
  /** A call that takes at least this long is always kept. Default: the slowest 5 % of its pipeline. */
  readonly slowMs?: number
}

/** What the decision looks at. */
type SampledTrace = Pick<
  EndedTrace,
  'traceId' | 'name' | 'durationMs' | 'status' | 'attributes'
> & {
  readonly spans: readonly Pick<EndedTrace['spans'][number], 'status'>[]
}

/** Why a trace is kept. */
export type KeepReason = 'error' | 'degraded' | 'slow' | 'sampled'

export interface TailSampler {
  /** Undefined: the trace is not kept. */
  decide(trace: SampledTrace): KeepReason | undefined
}

/** Durations that are remembered of each name, and of how many names. */
const window = 200
const mostNames = 200

/** With fewer durations nothing is known of what is slow. */
const leastDurations = 20
const slowQuantile = 0.95

/**
 * Decides at the end of a call whether its trace is kept, when it is known what became of it. Errors,
 * degraded calls, those with a failed attempt or an answer that did not fit, and slow ones are always kept; of the rest a share, chosen
 * by trace id, so that all parts of a trace are kept or none, in whichever process they end.
 */
export function createTailSampler(policy: SamplingPolicy = {}): TailSampler {
  const { share = 1, slowMs } = policy
  if (!(share >= 0 && share <= 1)) {
    throw invalidConfig('telemetry.sampling.share', share, 'a share from 0 to 1')
  }
  if (slowMs !== undefined && !(slowMs > 0)) {
    throw invalidConfig('telemetry.sampling.slowMs', slowMs, 'milliseconds above 0')
  }
  const recent = new Map<string, number[]>()

  function isSlow({ name, durationMs }: SampledTrace): boolean {
    if (slowMs !== undefined) return durationMs >= slowMs
    const durations = recent.get(name) ?? []
    const slow = durations.length >= leastDurations && durationMs > quantile(durations)
    if (durations.length === 0 && recent.size >= mostNames) recent.clear()
    durations.push(durationMs)
    if (durations.length > window) durations.shift()
    recent.set(name, durations)
    return slow
  }

  return {
    decide(trace) {
      const slow = isSlow(trace)
      if (trace.status === 'error') return 'error'
      if (trace.attributes[own.degraded] === true) return 'degraded'
      if (trace.attributes[own.rejected] !== undefined) return 'degraded'
      if (trace.spans.some((span) => span.status === 'error')) return 'degraded'
      if (slow) return 'slow'
      return positionOf(trace.traceId) < share ? 'sampled' : undefined
    },
  }
}

function quantile(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length * slowQuantile)] ?? Number.POSITIVE_INFINITY
}

/** Where a trace id lies between 0 and 1. Its last digits are random, whoever made it. */
function positionOf(traceId: string): number {
  return Number.parseInt(traceId.slice(-8), 16) / 2 ** 32
}
