/** Guards for what stands in JSON columns: as deep as the code that reads them relies on. */
import { isRecord, type Json, type JsonObject } from '../../base/json.ts'
import type { TraceParent } from '../../base/telemetry-port.ts'
import type { Answer } from '../../model/answer.ts'
import type { AnswerEvent } from '../../model/answer-event.ts'
import type { Message, ToolCall } from '../../model/message.ts'
import type { SpanRecord, TraceRecord } from '../../model/trace.ts'
import type { SequencedEvent } from '../event-store.ts'
import type { TicketGrant } from '../ticket-store.ts'

/** Whatever JSON.parse returns is JSON. */
export function isParsedJson(value: unknown): value is Json {
  return value !== undefined
}

export function isJsonObject(value: unknown): value is JsonObject {
  return isRecord(value)
}

export function isMessage(value: unknown): value is Message {
  if (!isRecord(value) || typeof value.content !== 'string') return false
  switch (value.role) {
    case 'system':
    case 'user':
      return true
    case 'assistant':
      return value.toolCalls === undefined || isArrayOf(value.toolCalls, isToolCall)
    case 'tool':
      return hasTexts(value, ['toolCallId', 'toolName'])
    default:
      return false
  }
}

export function isAnswer(value: unknown): value is Answer {
  return (
    isRecord(value) &&
    hasTexts(value, ['id', 'pipeline', 'source', 'traceId']) &&
    typeof value.degraded === 'boolean' &&
    typeof value.latencyMs === 'number' &&
    isRecord(value.usage) &&
    isArrayOf(value.attempts, isRecord)
  )
}

export function isTraceParent(value: unknown): value is TraceParent {
  return isRecord(value) && hasTexts(value, ['traceId', 'spanId'])
}

export function isAnswerEvent(value: unknown): value is AnswerEvent {
  return isRecord(value) && typeof value.type === 'string'
}

/** An event, or a delta that stands for several with the length of each. */
export function isStoredEvent(
  value: unknown,
): value is AnswerEvent | Required<Pick<SequencedEvent, 'event' | 'lengths'>> {
  if (!isRecord(value) || 'type' in value) return isAnswerEvent(value)
  const { event, lengths } = value
  const isLength = (length: unknown): length is number => typeof length === 'number'
  return isAnswerEvent(event) && 'text' in event && isArrayOf(lengths, isLength)
}

export function isTraceRecord(value: unknown): value is TraceRecord {
  return (
    isRecord(value) &&
    hasTexts(value, ['traceId', 'name', 'status']) &&
    typeof value.startedAtMs === 'number' &&
    typeof value.durationMs === 'number' &&
    isRecord(value.attributes) &&
    isArrayOf(value.spans, isSpanRecord)
  )
}

export function isTicketGrant(value: unknown): value is TicketGrant {
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'string')
}

function isSpanRecord(value: unknown): value is SpanRecord {
  return (
    isRecord(value) &&
    hasTexts(value, ['spanId', 'name', 'kind', 'status']) &&
    typeof value.startedAtMs === 'number' &&
    typeof value.durationMs === 'number' &&
    isRecord(value.attributes) &&
    isRecord(value.content) &&
    isArrayOf(value.events, isRecord)
  )
}

function isToolCall(value: unknown): value is ToolCall {
  return isRecord(value) && hasTexts(value, ['id', 'name', 'arguments'])
}

function hasTexts(value: Record<string, unknown>, keys: readonly string[]): boolean {
  return keys.every((key) => typeof value[key] === 'string')
}

function isArrayOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem)
}
