import { invalidConfig } from '../../base/errors.ts'
import { callSpanPrefix, genAi, own } from '../../model/conventions.ts'
import type { PriceTable } from '../../model/price.ts'
import type { SpanRecord } from '../../model/trace.ts'
import { costOf, usageOf } from '../metrics/measure-spans.ts'

/** Where prompts and answers go, sanitised: nowhere, as log events, or onto the spans of the attempts. */
export type ContentPlace = 'off' | 'event' | 'span'

export type TelemetryPreset = 'otlp' | 'datadog' | 'grafana' | 'langfuse'

type ExtraAttributes = Readonly<Record<string, string | number | boolean>>

/** What a reader of spans needs beside the conventions. */
export interface ReaderRules {
  /** Default place of the contents. */
  readonly content: ContentPlace
  /** Longest attribute in bytes of UTF-8. JSON is made to fit and stays valid. */
  readonly maxAttributeBytes: number
  /** Longest content of a log event, both sides together. */
  readonly maxEventBytes: number
  /** Where a log event carries its content. */
  readonly eventContent: 'attributes' | 'body'
  /** Attributes that the reader knows under names of its own, when a span ends. */
  aliases(span: SpanRecord, prices: PriceTable): ExtraAttributes
}

const KiB = 1024

const none: ExtraAttributes = {}

const otlp: ReaderRules = {
  content: 'event',
  maxAttributeBytes: 64 * KiB,
  maxEventBytes: 256 * KiB,
  eventContent: 'attributes',
  aliases: () => none,
}

const presets: Readonly<Record<TelemetryPreset, ReaderRules>> = {
  otlp,
  // Its LLM views read contents from spans; spans above 1 MB get lost on the way.
  datadog: {
    ...otlp,
    content: 'span',
    maxAttributeBytes: 200 * KiB,
    // Some of its intakes turn spans into LLM views only where this is set.
    aliases: () => ({ dd_llmobs_enabled: true }),
  },
  // Tempo cuts attributes at 2,048 bytes (max_attribute_bytes); Loki keeps attributes of a log record as
  // structured metadata of at most 64 KB, but takes lines of 256 KB.
  grafana: {
    ...otlp,
    maxAttributeBytes: 2_000,
    maxEventBytes: 200 * KiB,
    eventContent: 'body',
  },
  // It takes no logs, so contents can only come with the spans.
  langfuse: {
    ...otlp,
    content: 'span',
    maxAttributeBytes: 256 * KiB,
    aliases: langfuseAliases,
  },
}

/** @throws INVALID_CONFIG for a preset that is not known. */
export function readerRules(preset: TelemetryPreset = 'otlp'): ReaderRules {
  if (Object.hasOwn(presets, preset)) return presets[preset]
  throw invalidConfig('telemetry.preset', preset, `one of ${Object.keys(presets).join(', ')}`)
}

/**
 * Langfuse reads neither the time to the first chunk nor a cost by the names of the conventions, and makes
 * buckets of its own out of usage attributes; so it is told in its own words, which go before all others.
 */
function langfuseAliases(span: SpanRecord, prices: PriceTable): ExtraAttributes {
  if (span.name.startsWith(callSpanPrefix)) return langfuseTrace(span)
  const usage = span.kind === 'client' ? usageOf(span) : undefined
  if (!usage) return none
  const { inputTokens, outputTokens, cachedInputTokens = 0 } = usage
  const firstChunk = span.attributes[genAi.responseTimeToFirstChunk]
  const cost = costOf(span, prices)
  const details = {
    input: inputTokens - cachedInputTokens,
    ...(cachedInputTokens > 0 && { input_cached_tokens: cachedInputTokens }),
    output: outputTokens,
  }
  return {
    'langfuse.observation.usage_details': JSON.stringify(details),
    ...(typeof firstChunk === 'number' && {
      'langfuse.observation.completion_start_time': new Date(
        span.startedAtMs + firstChunk * 1_000,
      ).toISOString(),
    }),
    ...(cost !== undefined && {
      'langfuse.observation.cost_details': JSON.stringify({ total: cost }),
    }),
  }
}

function langfuseTrace({ attributes }: SpanRecord): ExtraAttributes {
  const pipeline = attributes[own.pipeline]
  const conversation = attributes[genAi.conversationId]
  return {
    ...(typeof pipeline === 'string' && { 'langfuse.trace.name': pipeline }),
    ...(typeof conversation === 'string' && { 'session.id': conversation }),
  }
}
