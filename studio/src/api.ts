import type { CallSummary, LiveCallEvent } from '../../src/model/live-call-event.ts'
import type { TraceRecord } from '../../src/model/trace.ts'

/** The server wants a key that this page does not have. */
export class KeyNeeded extends Error {}

/** Kept as long as the tab: whoever opens the page anew is asked again. */
const keyName = 'holdfast.key'

export function keepKey(key: string): void {
  sessionStorage.setItem(keyName, key)
}

export async function listTraces(): Promise<readonly CallSummary[]> {
  const { traces } = await get<{ traces: readonly CallSummary[] }>('/v1/traces?limit=200')
  return traces
}

export const getTrace = (traceId: string): Promise<TraceRecord> =>
  get(`/v1/traces/${encodeURIComponent(traceId)}`)

export interface LiveReader {
  onReady(): void
  onEvent(event: LiveCallEvent): void
}

/** Follows what happens on the server, until `signal` aborts or the connection ends. */
export async function followCalls(reader: LiveReader, signal: AbortSignal): Promise<void> {
  const response = await ask('/v1/traces/live', signal)
  if (!response.body) return
  let rest = ''
  for await (const chunk of pieces(response.body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) deliver(block, reader)
  }
}

/** Not every browser iterates a stream by itself. */
async function* pieces(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    yield value
  }
}

function deliver(block: string, reader: LiveReader): void {
  const event = /^event: (.+)$/m.exec(block)?.[1]
  const data = /^data: (.+)$/m.exec(block)?.[1]
  if (event === 'ready') reader.onReady()
  else if (data !== undefined && event !== 'skipped') reader.onEvent(JSON.parse(data))
}

/** @throws an error whose message is the server's own word on what is wrong. */
async function get<Body>(path: string): Promise<Body> {
  const response = await ask(path)
  return response.json()
}

async function ask(path: string, signal?: AbortSignal): Promise<Response> {
  const key = sessionStorage.getItem(keyName)
  const response = await fetch(path, {
    ...(key !== null && { headers: { authorization: `Bearer ${key}` } }),
    ...(signal && { signal }),
  })
  if (response.ok) return response
  const { detail } = await response.json()
  const message = detail ?? `The server answered with ${response.status}.`
  throw response.status === 401 ? new KeyNeeded(message) : new Error(message)
}
