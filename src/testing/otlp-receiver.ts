import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { isRecord } from '../base/json.ts'

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
  readonly boundaries: readonly number[]
}

/** Takes OTLP over HTTP in JSON, as a collector does, and keeps all of it. */
export interface OtlpReceiver {
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  readonly logs: readonly ReceivedLog[]
  /** Of the last export alone, since points are cumulated. */
  readonly points: readonly ReceivedPoint[]
  /** What is wrong with what was sent; empty for a sender that keeps to the protocol. */
  readonly complaints: readonly string[]
  /** Headers of the last request by signal. */
  readonly headers: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  clear(): void
  close(): Promise<void>
}

/** Starts a receiver on a free port of loopback. One that hangs takes requests and never answers. */
export async function startOtlpReceiver(
  options: { readonly hangs?: boolean } = {},
): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const logs: ReceivedLog[] = []
  let points: ReceivedPoint[] = []
  const complaints: string[] = []
  const headers: Record<string, Record<string, unknown>> = {}
  const known = new Set<string>()

  function take(signal: string, body: Record<string, unknown>): void {
    if (signal === 'traces') {
      for (const span of readSpans(body)) {
        if (known.has(span.spanId)) complaints.push(`${span.name} was sent twice`)
        known.add(span.spanId)
        complaints.push(...complaintsAbout(span))
        spans.push(span)
      }
    } else if (signal === 'logs') logs.push(...readLogs(body))
    else if (signal === 'metrics') points = [...readPoints(body)]
    else complaints.push(`nothing is taken at /v1/${signal}`)
  }

  const server = createServer(async (request, response) => {
    if (options.hangs) return
    const signal = request.url?.replace('/v1/', '') ?? ''
    headers[signal] = request.headers
    try {
      take(signal, await readBody(request))
    } catch (error) {
      complaints.push(`${signal} cannot be read: ${String(error)}`)
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    logs,
    get points() {
      return points
    },
    complaints,
    headers,
    clear() {
      spans.length = 0
      logs.length = 0
      points = []
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const raw = Buffer.concat(chunks)
  const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
  const body: unknown = JSON.parse(text.toString())
  if (isRecord(body)) return body
  throw new TypeError('the body is no object')
}

/** What the protocol asks of a span. */
function complaintsAbout(span: ReceivedSpan): string[] {
  const found: string[] = []
  if (!/^[0-9a-f]{32}$/.test(span.traceId))
    found.push(`${span.name} has the trace id ${span.traceId}`)
  if (!/^[0-9a-f]{16}$/.test(span.spanId)) found.push(`${span.name} has the span id ${span.spanId}`)
  if (!(span.endMs >= span.startMs)) found.push(`${span.name} ends before it starts`)
  if (span.name === '') found.push('a span has no name')
  return found
}

function* readSpans(body: Record<string, unknown>): Generator<ReceivedSpan> {
  for (const span of itemsOf(body, 'resourceSpans', 'scopeSpans', 'spans')) {
    yield {
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
}

function* readLogs(body: Record<string, unknown>): Generator<ReceivedLog> {
  for (const log of itemsOf(body, 'resourceLogs', 'scopeLogs', 'logRecords')) {
    yield {
      traceId: String(log.traceId ?? ''),
      spanId: String(log.spanId ?? ''),
      eventName: String(log.eventName ?? ''),
      body: plain(log.body),
      attributes: attributesOf(log),
    }
  }
}

function* readPoints(body: Record<string, unknown>): Generator<ReceivedPoint> {
  for (const metric of itemsOf(body, 'resourceMetrics', 'scopeMetrics', 'metrics')) {
    const data = [metric.histogram, metric.sum, metric.gauge].find(isRecord)
    for (const point of listOf(data?.dataPoints)) {
      yield {
        metric: String(metric.name),
        unit: String(metric.unit ?? ''),
        attributes: attributesOf(point),
        value: Number(point.sum ?? point.asDouble ?? point.asInt ?? 0),
        count: Number(point.count ?? 1),
        boundaries: Array.isArray(point.explicitBounds) ? point.explicitBounds.map(Number) : [],
      }
    }
  }
}

/** Walks down the three levels of an export. */
function itemsOf(
  body: Record<string, unknown>,
  resources: string,
  scopes: string,
  items: string,
): Record<string, unknown>[] {
  return listOf(body[resources])
    .flatMap((resource) => listOf(resource[scopes]))
    .flatMap((scope) => listOf(scope[items]))
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function attributesOf(holder: Record<string, unknown>): Record<string, unknown> {
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
