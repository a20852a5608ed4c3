import { contextSections } from '../../model/context-ledger.ts'
import {
  callSpanPrefix,
  contextAttribute,
  contextSpan,
  errorType,
  genAi,
  own,
  queueWaitSpan,
} from '../../model/conventions.ts'
import { costUsd, findPrice, type PriceTable } from '../../model/price.ts'
import type { SpanRecord } from '../../model/trace.ts'
import type { Usage } from '../../model/usage.ts'
import type { Metrics } from './metrics.ts'

/**
 * What spans tell is measured here, once: the rooms set attributes and count nothing themselves, so
 * that a span and its metrics cannot disagree.
 */
export interface SpanMeter {
  /** `root` is the span at the top of the same trace. */
  measure(span: MeasuredSpan, root: MeasuredSpan): void
}

type MeasuredSpan = Omit<SpanRecord, 'content'>

export function createSpanMeter(metrics: Metrics, prices: PriceTable): SpanMeter {
  return {
    measure(span, root) {
      const pipeline = textOf(root, own.pipeline)
      if (span.kind === 'client') measureAttempt(span, pipeline)
      else if (span === root) measureRoot(span, pipeline)
      else if (span.name === queueWaitSpan) {
        metrics.record('holdfast.queue.wait', seconds(span), { [own.pipeline]: pipeline })
      } else if (span.parentSpanId === root.spanId) {
        const labels = { [own.pipeline]: pipeline, step: span.name }
        metrics.record('holdfast.step.duration', seconds(span), labels)
        if (span.name === contextSpan) measureContext(span, pipeline)
      }
    },
  }

  function measureRoot(span: MeasuredSpan, pipeline: string | undefined): void {
    if (!span.name.startsWith(callSpanPrefix)) return
    const source = textOf(span, own.source) ?? (span.status === 'error' ? 'none' : undefined)
    const labels = { [own.pipeline]: pipeline, [own.source]: source }
    metrics.record('holdfast.call.duration', seconds(span), labels)
    const reason = textOf(span, own.degradedReason)
    if (reason !== undefined) {
      metrics.record('holdfast.calls.degraded', 1, { ...labels, [own.degradedReason]: reason })
    }
  }

  function measureContext(span: MeasuredSpan, pipeline: string | undefined): void {
    for (const section of contextSections) {
      const tokens = span.attributes[contextAttribute(section)]
      if (typeof tokens !== 'number') continue
      metrics.record('holdfast.context.tokens', tokens, { [own.pipeline]: pipeline, section })
    }
  }

  function measureAttempt(span: MeasuredSpan, pipeline: string | undefined): void {
    const model = textOf(span, genAi.requestModel)
    const named = {
      [genAi.providerName]: textOf(span, genAi.providerName),
      [genAi.requestModel]: model,
    }
    const labels = {
      ...named,
      [genAi.operationName]: textOf(span, genAi.operationName),
      [genAi.responseModel]: textOf(span, genAi.responseModel),
    }
    const failure = textOf(span, errorType)
    metrics.record('gen_ai.client.operation.duration', seconds(span), {
      ...labels,
      [errorType]: failure,
    })
    metrics.record('holdfast.attempts', 1, {
      ...named,
      [own.pipeline]: pipeline,
      cause: textOf(span, own.attemptReason),
      outcome: failure ?? 'ok',
    })
    const firstChunk = span.attributes[genAi.responseTimeToFirstChunk]
    if (typeof firstChunk === 'number') {
      metrics.record('gen_ai.client.operation.time_to_first_chunk', firstChunk, labels)
    }
    const usage = usageOf(span)
    if (!usage) return
    for (const [type, tokens] of [
      ['input', usage.inputTokens],
      ['output', usage.outputTokens],
    ] as const) {
      metrics.record('gen_ai.client.token.usage', tokens, { ...labels, [genAi.tokenType]: type })
    }
    const cost = costOf(span, prices)
    if (cost !== undefined) {
      metrics.record('holdfast.cost.usd', cost, { ...named, [own.pipeline]: pipeline })
    }
  }
}

/** What an attempt used, by the attributes of its span. */
export function usageOf({ attributes }: Pick<SpanRecord, 'attributes'>): Usage | undefined {
  const inputTokens = attributes[genAi.usageInputTokens]
  const outputTokens = attributes[genAi.usageOutputTokens]
  if (typeof inputTokens !== 'number' || typeof outputTokens !== 'number') return undefined
  const cachedInputTokens = attributes[genAi.usageCacheReadInputTokens]
  const reasoningTokens = attributes[genAi.usageReasoningOutputTokens]
  return {
    inputTokens,
    outputTokens,
    ...(typeof cachedInputTokens === 'number' && { cachedInputTokens }),
    ...(typeof reasoningTokens === 'number' && { reasoningTokens }),
  }
}

/** What an attempt cost; undefined where its usage or the price of its model is not known. */
export function costOf(
  span: Pick<SpanRecord, 'attributes'>,
  prices: PriceTable,
): number | undefined {
  const usage = usageOf(span)
  const model = span.attributes[genAi.requestModel]
  const price = typeof model === 'string' ? findPrice(model, prices) : undefined
  return usage && price && costUsd(usage, price)
}

function textOf({ attributes }: MeasuredSpan, key: string): string | undefined {
  const value = attributes[key]
  return typeof value === 'string' ? value : undefined
}

const seconds = ({ durationMs }: MeasuredSpan) => durationMs / 1_000
