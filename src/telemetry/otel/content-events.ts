import { type Context, type LoggerProvider, logs, SeverityNumber } from '@opentelemetry/api'
import { detailsEvent, genAi, own, schemaUrl } from '../../model/conventions.ts'
import type { SpanRecord } from '../../model/trace.ts'
import {
  type ConventionMessage,
  toConventionMessages,
  toConventionOutput,
} from './convention-messages.ts'
import { fitJson } from './fit-json.ts'
import { libraryName, libraryVersion } from './library.ts'
import type { ReaderRules } from './presets.ts'

/** Prompts and answers as log events that bear the ids of their attempt's span. */
export interface ContentEvents {
  /** Whether anybody takes them: without, contents need not be redacted for them. */
  readonly isEnabled: boolean
  /** `span` is an attempt with its contents, sanitised. */
  emit(span: SpanRecord, context: Context): void
}

export function createContentEvents(
  rules: ReaderRules,
  provider: LoggerProvider = logs,
): ContentEvents {
  const logger = provider.getLogger(libraryName, libraryVersion, { schemaUrl })
  return {
    get isEnabled() {
      return logger.enabled({ eventName: detailsEvent, severityNumber: SeverityNumber.INFO })
    },
    emit(span, context) {
      const { input, output } = messagesOf(span)
      if (input.length + output.length === 0) return
      const half = rules.maxEventBytes / 2
      const contents = {
        [genAi.inputMessages]: JSON.parse(fitJson(input, half)) as unknown,
        [genAi.outputMessages]: JSON.parse(fitJson(output, half)) as unknown,
      }
      const isBody = rules.eventContent === 'body'
      logger.emit({
        eventName: detailsEvent,
        severityNumber: SeverityNumber.INFO,
        timestamp: span.startedAtMs + span.durationMs,
        context,
        ...(isBody && { body: JSON.stringify(contents) }),
        attributes: { ...requestAttributes(span), ...(!isBody && contents) },
      })
    },
  }
}

/** Contents as JSON that fits into attributes of a span. */
export function contentAttributes(span: SpanRecord, maxBytes: number): Record<string, string> {
  const { input, output } = messagesOf(span)
  return {
    ...(input.length > 0 && { [genAi.inputMessages]: fitJson(input, maxBytes) }),
    ...(output.length > 0 && { [genAi.outputMessages]: fitJson(output, maxBytes) }),
  }
}

function messagesOf({ content, attributes }: SpanRecord): {
  readonly input: readonly ConventionMessage[]
  readonly output: readonly ConventionMessage[]
} {
  const reasons = attributes[genAi.responseFinishReasons]
  const reason = typeof reasons === 'object' ? reasons[0] : undefined
  return {
    input: toConventionMessages(content[genAi.inputMessages]),
    output: toConventionOutput(content[genAi.outputMessages], reason),
  }
}

/** The event stands for itself where the span was not kept. */
function requestAttributes({ attributes }: SpanRecord): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('gen_ai.') || key === 'error.type' || key === own.attempt) copy[key] = value
  }
  return copy
}
