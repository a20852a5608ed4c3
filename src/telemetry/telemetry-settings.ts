import type { LoggerProvider, MeterProvider, TracerProvider } from '@opentelemetry/api'
import { invalidConfig } from '../base/errors.ts'
import {
  type ContentPlace,
  type ReaderRules,
  readerRules,
  type TelemetryPreset,
} from './otel/presets.ts'
import type { SamplingPolicy } from './traces/tail-sampler.ts'
import type { RetentionPolicy } from './traces/trace-keeper.ts'

/** What an application may choose about its telemetry. Everything is optional. */
export interface TelemetrySettings {
  /** Sets what the reader of the spans needs. Default `otlp`: the conventions and nothing else. */
  readonly preset?: TelemetryPreset
  /**
   * Where prompts and answers go beside the trace store, sanitised: `event` as log events that bear the
   * trace id, `span` as attributes of the attempts, `off` nowhere. Default `event`, or the preset's.
   */
  readonly content?: ContentPlace
  /** False emits no spans, metrics and events even where an SDK is there. Default true. */
  readonly otel?: boolean
  /** Default: the providers that the application has registered with the OpenTelemetry API. */
  readonly tracerProvider?: TracerProvider
  readonly meterProvider?: MeterProvider
  readonly loggerProvider?: LoggerProvider
  /** Which calls the trace store keeps. Default: all. */
  readonly sampling?: SamplingPolicy
  /** How long the trace store keeps them. */
  readonly retention?: RetentionPolicy
}

const places: readonly ContentPlace[] = ['off', 'event', 'span']

/** The rules of the preset, with the place of the contents that is asked for. */
export function resolveReader({ preset, content }: TelemetrySettings): ReaderRules {
  const rules = readerRules(preset)
  if (content === undefined) return rules
  if (!places.includes(content)) {
    throw invalidConfig('telemetry.content', content, `one of ${places.join(', ')}`)
  }
  return { ...rules, content }
}
