import { isRecord } from '../../src/base/json.ts'
import type { Message } from './decode.ts'

/** A span as it came over the wire, with its attributes as plain values. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty for a root. */
  readonly parentSpanId: string
  readonly name: string
  /** 1 internal, 3 client. */
  readonly kind: number
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly name: string; readonly attributes: object }[]
  /** 2: error. */
  readonly statusCode: number
}

export interface ReceivedLog {
  readonly traceId: string
  readonly spanId: string
  readonly eventName: string
  readonly body: unknown
  readonly attributes: Readonly<Record<string, unknown>>
}

/** One point of one metric. */
export interface ReceivedPoint {
  readonly metric: string
  readonly unit: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Of a histogram, the sum of its values. */
  readonly value: number
  readonly count: number
}

export function readSpan(span: Message): ReceivedSpan {
  return {
    traceId: String(span.traceId),
    spanId: String(span.spanId),
    parentSpanId: String(span.parentSpanId ?? ''),
    name: String(span.name ?? ''),
    kind: Number(span.kind),
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
    attributes: attributesOf(span),
    events: listOf(span.events).map((event) => ({
      name: String(event.name),
      attributes: attributesOf(event),
    })),
    statusCode: isRecord(span.status) ? Number(span.status.code ?? 0) : 0,
  }
}

export function readLog(log: Message): ReceivedLog {
  return {
    traceId: String(log.traceId ?? ''),
    spanId: String(log.spanId ?? ''),
    eventName: String(log.eventName ?? ''),
    body: plain(log.body),
    attributes: attributesOf(log),
  }
}

export function readPoints(metric: Message): ReceivedPoint[] {
  return pointsOf(metric).map((point) => ({
    metric: String(metric.name),
    unit: String(metric.unit ?? ''),
    attributes: attributesOf(point),
    value: Number(point.sum ?? point.asDouble ?? point.asInt ?? 0),
    count: Number(point.count ?? 1),
  }))
}

export function pointsOf(metric: Message): Message[] {
  const data = [metric.histogram, metric.sum, metric.gauge].find(isRecord)
  return listOf(data?.dataPoints)
}

export function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function attributesOf(holder: Message): Record<string, unknown> {
  return Object.fromEntries(
    listOf(holder.attributes).map(({ key, value }) => [String(key), plain(value)]),
  )
}

/** A value of OTLP, which says its type, as the value itself. */
function plain(value: unknown): unknown {
  if (!isRecord(value)) return undefined
  if ('intValue' in value) return Number(value.intValue)
  if (isRecord(value.arrayValue)) return listOf(value.arrayValue.values).map(plain)
  if (isRecord(value.kvlistValue)) {
    return Object.fromEntries(
      listOf(value.kvlistValue.values).map(({ key, value: item }) => [String(key), plain(item)]),
    )
  }
  return value.stringValue ?? value.doubleValue ?? value.boolValue
}
