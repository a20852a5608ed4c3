import { isRecord } from '../../src/base/json.ts'
import { detailsEvent, errorType, genAi, schemaUrl } from '../../src/model/conventions.ts'
import { type Instrument, instruments } from '../../src/telemetry/metrics/instruments.ts'
import {
  type AttributeType,
  isOfType,
  logAttributes,
  operations,
  outputTypes,
  requiredOfAttempts,
  spanAttributes,
  spanNames,
} from './attribute-types.ts'
import type { Message } from './decode.ts'
import { attributesOf, listOf, pointsOf } from './received.ts'

/** What the protocol and the semantic conventions ask of what is exported; each gives what is wrong. */

export function complaintsAboutSource(resource: unknown, scopes: Message): string[] {
  const { scope } = scopes
  const found: string[] = []
  const of = attributesOf(isRecord(resource) ? resource : {})
  if (typeof of['service.name'] !== 'string') found.push('the resource has no service.name')
  if (!isRecord(scope) || scope.name !== 'holdfast' || !scope.version) {
    found.push(`the scope is ${JSON.stringify(scope)}`)
  }
  if (scopes.schemaUrl !== schemaUrl && scopes.schemaUrl !== undefined && scopes.schemaUrl !== '') {
    found.push(`the schema is ${scopes.schemaUrl}`)
  }
  return found
}

export function complaintsAboutSpan(span: Message): string[] {
  const { name, kind, status } = span
  const attributes = attributesOf(span)
  const isAttempt = kind === 3
  const [start, end] = [timeOf(span.startTimeUnixNano), timeOf(span.endTimeUnixNano)]
  const code = isRecord(status) ? (status.code ?? 0) : 0
  const checks: [string, boolean][] = [
    ['its trace id', isId(span.traceId, 32)],
    ['its span id', isId(span.spanId, 16)],
    ['its parent', !span.parentSpanId || isId(span.parentSpanId, 16)],
    ['itself for its parent', span.parentSpanId !== span.spanId],
    ['its kind', kind === 1 || isAttempt],
    ['its start', start !== undefined],
    ['its end', end !== undefined && start !== undefined && end >= start],
    ['its status', code === 0 || code === 2],
    ['an error without a word', code !== 2 || (isRecord(status) && Boolean(status.message))],
    ['its name', isAttempt ? isAttemptName(name, attributes) : isSpanName(name)],
    ['attributes that were dropped', !span.droppedAttributesCount],
    ['events that were dropped', !span.droppedEventsCount],
    ['a link that is none of its own', listOf(span.links).length === 0],
  ]
  const events = listOf(span.events).flatMap((event) => {
    const at = timeOf(event.timeUnixNano)
    const isWithin = at !== undefined && start !== undefined && at >= start && at <= (end ?? at)
    return isWithin && event.name ? [] : [`an event ${event.name} at the wrong time`]
  })
  return [
    ...failed(checks),
    ...events,
    ...complaintsAboutAttributes(span, spanAttributes),
    ...(isAttempt ? complaintsAboutAttempt(attributes, code === 2) : usageIn(attributes)),
  ].map((text) => `the span ${name} has ${text}`)
}

function complaintsAboutAttempt(attributes: Message, hasFailed: boolean): string[] {
  const type = attributes[genAi.outputType]
  return [
    ...requiredOfAttempts.filter((key) => !(key in attributes)).map((key) => `no ${key}`),
    ...failed([
      [
        'an operation that is not published',
        operations.includes(String(attributes[genAi.operationName])),
      ],
      [
        'an output type that is not published',
        type === undefined || outputTypes.includes(String(type)),
      ],
      ['an error without error.type', !hasFailed || errorType in attributes],
      [
        'input tokens alone',
        genAi.usageInputTokens in attributes === genAi.usageOutputTokens in attributes,
      ],
      [
        'more cached than input tokens',
        Number(attributes[genAi.usageCacheReadInputTokens] ?? 0) <=
          Number(attributes[genAi.usageInputTokens] ?? Number.POSITIVE_INFINITY),
      ],
    ]),
  ]
}

/** Usage stands on attempts alone, so that nobody counts it twice. */
function usageIn(attributes: Message): string[] {
  return Object.keys(attributes).filter((key) => /^gen_ai\.(usage|request|operation)\b/.test(key))
}

export function complaintsAboutLog(log: Message): string[] {
  const attributes = attributesOf(log)
  const messages = [attributes[genAi.inputMessages], attributes[genAi.outputMessages]]
  const severity = Number(log.severityNumber)
  return [
    ...failed([
      ['its trace id', isId(log.traceId, 32)],
      ['its span id', isId(log.spanId, 16)],
      ['its time', timeOf(log.timeUnixNano) !== undefined],
      ['its time of observation', timeOf(log.observedTimeUnixNano) !== undefined],
      ['its severity', severity >= 1 && severity <= 24],
      ['its event name', log.eventName === detailsEvent],
      ['messages that are not as published', messages.every(isMessages)],
      ['no operation', attributes[genAi.operationName] === 'chat'],
    ]),
    ...complaintsAboutAttributes(log, logAttributes),
  ].map((text) => `the log record ${log.eventName} has ${text}`)
}

export function complaintsAboutMetric(metric: Message): string[] {
  const name = String(metric.name)
  const instrument: Instrument | undefined = Object.hasOwn(instruments, name)
    ? instruments[name as keyof typeof instruments]
    : undefined
  if (!instrument) return [`the metric ${name} is not known`]
  const { histogram, sum } = metric
  const data = instrument.kind === 'histogram' ? histogram : sum
  if (!isRecord(data)) return [`the metric ${name} is no ${instrument.kind}`]
  return [
    ...failed([
      ['its unit', metric.unit === instrument.unit],
      ['its description', metric.description === instrument.description],
      ['its temporality', data.aggregationTemporality === 2 || data.aggregationTemporality === 1],
      ['a counter that may fall', instrument.kind === 'histogram' || data.isMonotonic === true],
    ]),
    ...pointsOf(metric).flatMap((point) => complaintsAboutPoint(point, instrument)),
  ].map((text) => `the metric ${name} has ${text}`)
}

function complaintsAboutPoint(point: Message, instrument: Instrument): string[] {
  const [start, now] = [timeOf(point.startTimeUnixNano), timeOf(point.timeUnixNano)]
  const labels = Object.entries(attributesOf(point))
  const counts = Array.isArray(point.bucketCounts) ? point.bucketCounts.map(Number) : []
  const total = counts.reduce((sum, count) => sum + count, 0)
  const isHistogram = instrument.kind === 'histogram'
  const bounds = isHistogram ? instrument.buckets : []
  return failed([
    ['a point at the wrong time', start !== undefined && now !== undefined && now >= start],
    [
      `a label that it must not have (${labels.map(([key]) => key).join(', ')})`,
      labels.every(([key, value]) => instrument.labels.includes(key) && typeof value === 'string'),
    ],
    ['other boundaries', !isHistogram || String(point.explicitBounds) === String(bounds)],
    ['buckets that do not fit', !isHistogram || counts.length === bounds.length + 1],
    ['buckets that do not add up', !isHistogram || total === Number(point.count)],
    ['no value', isHistogram ? point.sum !== undefined : 'asDouble' in point || 'asInt' in point],
  ])
}

function complaintsAboutAttributes(
  holder: Message,
  known: Readonly<Record<string, AttributeType>>,
): string[] {
  const keys = listOf(holder.attributes).map(({ key }) => String(key))
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
  const wrong = Object.entries(attributesOf(holder)).filter(([key, value]) => {
    if (key.startsWith('holdfast.context.')) return !isOfType('int', value)
    const type = known[key]
    return type === undefined || !isOfType(type, value)
  })
  return [
    ...twice.map((key) => `${key} twice`),
    ...wrong.map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
  ]
}

const roles = ['system', 'user', 'assistant', 'tool']

/** As in the published schemas of `gen_ai.input.messages` and `gen_ai.output.messages`. */
function isMessages(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (message) =>
        isRecord(message) &&
        roles.includes(String(message.role)) &&
        Array.isArray(message.parts) &&
        message.parts.every(isPart),
    )
  )
}

function isPart(part: unknown): boolean {
  if (!isRecord(part)) return false
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return typeof part.content === 'string'
    case 'tool_call':
      return typeof part.name === 'string'
    case 'tool_call_response':
      return 'response' in part
    default:
      return false
  }
}

function failed(checks: readonly [string, boolean][]): string[] {
  return checks.filter(([, holds]) => !holds).map(([name]) => name)
}

function isId(value: unknown, digits: number): boolean {
  return (
    typeof value === 'string' &&
    value.length === digits &&
    /^[0-9a-f]+$/.test(value) &&
    !/^0+$/.test(value)
  )
}

/** Nanoseconds since the epoch; 0 means that there is none. */
function timeOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return undefined
  const time = BigInt(value)
  return time > 0n && time < 2n ** 64n ? time : undefined
}

function isAttemptName(name: unknown, attributes: Message): boolean {
  return name === `${attributes[genAi.operationName]} ${attributes[genAi.requestModel]}`
}

function isSpanName(name: unknown): boolean {
  return typeof name === 'string' && spanNames.some((known) => name.startsWith(known))
}
