import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import {
  complaintsAboutLog,
  complaintsAboutMetric,
  complaintsAboutSource,
  complaintsAboutSpan,
} from './complaints.ts'
import { decodeExport, type Message, type Signal } from './decode.ts'
import {
  listOf,
  type ReceivedLog,
  type ReceivedPoint,
  type ReceivedSpan,
  readLog,
  readPoints,
  readSpan,
} from './received.ts'

/** Takes OTLP over HTTP, in JSON and in protobuf, as a collector does, and keeps all of it. */
export interface OtlpReceiver {
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  readonly logs: readonly ReceivedLog[]
  /** Of the last export alone, since points are cumulated. */
  readonly points: readonly ReceivedPoint[]
  /** What is wrong with what was sent; empty for a sender that keeps to protocol and conventions. */
  readonly complaints: readonly string[]
  /** Content types of all requests. */
  readonly contentTypes: ReadonlySet<string>
  close(): Promise<void>
}

const levels = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const

/** Starts a receiver on a free port of loopback. One that hangs takes requests and never answers. */
export async function startOtlpReceiver(
  options: { readonly hangs?: boolean } = {},
): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const logs: ReceivedLog[] = []
  let points: ReceivedPoint[] = []
  const complaints: string[] = []
  const contentTypes = new Set<string>()
  const known = new Set<string>()

  const takers: Readonly<Record<Signal, (items: readonly Message[]) => void>> = {
    traces(items) {
      for (const item of items) {
        const span = readSpan(item)
        const id = `${span.traceId} ${span.spanId}`
        if (known.has(id)) complaints.push(`the span ${span.name} was sent twice`)
        known.add(id)
        complaints.push(...complaintsAboutSpan(item))
        spans.push(span)
      }
    },
    logs(items) {
      complaints.push(...items.flatMap(complaintsAboutLog))
      logs.push(...items.map(readLog))
    },
    metrics(items) {
      complaints.push(...items.flatMap(complaintsAboutMetric))
      points = items.flatMap(readPoints)
    },
  }

  function take(signal: Signal, message: Message): void {
    const [resources, scopes, items] = levels[signal]
    const found = listOf(message[resources]).flatMap((resource) =>
      listOf(resource[scopes]).flatMap((scope) => {
        complaints.push(...complaintsAboutSource(resource.resource, scope))
        return listOf(scope[items])
      }),
    )
    takers[signal](found)
  }

  const server = createServer(async (request, response) => {
    if (options.hangs) return
    const signal = request.url?.replace('/v1/', '') ?? ''
    const contentType = request.headers['content-type'] ?? ''
    contentTypes.add(contentType)
    try {
      if (!isSignal(signal)) throw new TypeError('nothing is taken there')
      const decoded = decodeExport(signal, contentType, await readBody(request))
      complaints.push(...decoded.complaints)
      take(signal, decoded.message)
    } catch (error) {
      complaints.push(`${signal} cannot be read: ${String(error)}`)
    }
    // An empty response is a message without fields in protobuf, and nothing is wrong with `{}` in JSON.
    response.writeHead(200, { 'content-type': contentType })
    response.end(contentType.includes('json') ? '{}' : undefined)
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
    contentTypes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const isSignal = (name: string): name is Signal => Object.hasOwn(levels, name)

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const raw = Buffer.concat(chunks)
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
}
