import type { CallSummary, LiveCallEvent } from '../../src/model/live-call-event.ts'
import type { SpanRecord, TraceRecord } from '../../src/model/trace.ts'

/** A call that is being made, as far as it is known. */
export interface RunningCall {
  readonly traceId: string
  readonly name: string
  readonly startedAtMs: number
  readonly spans: readonly LiveSpan[]
}

export interface LiveSpan {
  readonly record: SpanRecord
  readonly isOpen: boolean
  /** What the model has said so far, as far as it is shown. */
  readonly text: string
}

/** All calls that the page knows: those that have ended, newest first, and those that are being made. */
export interface CallBoard {
  readonly ended: readonly CallSummary[]
  readonly running: ReadonlyMap<string, RunningCall>
}

export const emptyBoard: CallBoard = { ended: [], running: new Map() }

const mostEnded = 300

export function withList(board: CallBoard, list: readonly CallSummary[]): CallBoard {
  const listed = new Set(list.map(({ traceId }) => traceId))
  const newer = board.ended.filter(({ traceId }) => !listed.has(traceId)).filter(isRecent)
  const running = new Map([...board.running].filter(([traceId]) => !listed.has(traceId)))
  return { ended: inOrder([...newer, ...list]), running }
}

/** Not in the list, though it has ended: the store has not kept it, or not yet. */
function isRecent({ startedAtMs, durationMs }: CallSummary): boolean {
  return Date.now() - startedAtMs - durationMs < 60_000
}

function inOrder(calls: readonly CallSummary[]): readonly CallSummary[] {
  return calls.toSorted((a, b) => b.startedAtMs - a.startedAtMs).slice(0, mostEnded)
}

export function withEvent(board: CallBoard, event: LiveCallEvent): CallBoard {
  if (event.type === 'call-ended') return withEnd(board, event.call)
  const running = new Map(board.running)
  const call = running.get(event.traceId)
  const changed = changedBy(call, event)
  if (!changed) return board
  running.set(event.traceId, changed)
  return { ...board, running }
}

function withEnd(board: CallBoard, call: CallSummary): CallBoard {
  const running = new Map(board.running)
  running.delete(call.traceId)
  const others = board.ended.filter(({ traceId }) => traceId !== call.traceId)
  return { ended: inOrder([call, ...others]), running }
}

function changedBy(
  call: RunningCall | undefined,
  event: Exclude<LiveCallEvent, { type: 'call-ended' }>,
): RunningCall | undefined {
  if (event.type === 'span-started') return withSpan(call, event)
  if (!call) return undefined
  const spanId = event.type === 'text' ? event.spanId : event.span.spanId
  const spans = call.spans.map((span): LiveSpan => {
    if (span.record.spanId !== spanId) return span
    return event.type === 'text'
      ? { ...span, text: span.text + event.text }
      : { ...span, isOpen: false, record: { ...event.span, content: {} } }
  })
  return { ...call, spans }
}

function withSpan(
  call: RunningCall | undefined,
  { traceId, span }: Extract<LiveCallEvent, { type: 'span-started' }>,
): RunningCall | undefined {
  const isRoot = span.name.startsWith('llm.call ')
  if (!call && !isRoot) return undefined
  const record: SpanRecord = { ...span, durationMs: 0, status: 'ok', events: [], content: {} }
  const live: LiveSpan = { record, isOpen: true, text: '' }
  if (call) return { ...call, spans: [...call.spans, live] }
  return { traceId, name: span.name, startedAtMs: span.startedAtMs, spans: [live] }
}

/** A running call in the form of one that has ended now, so that both are drawn alike. */
export function toTrace(call: RunningCall, nowMs: number): TraceRecord {
  const spans = call.spans.map(
    ({ record, isOpen, text }): SpanRecord => ({
      ...record,
      durationMs: isOpen ? Math.max(0, nowMs - record.startedAtMs) : record.durationMs,
      content: text === '' ? {} : { 'the answer so far': text },
    }),
  )
  const { traceId, name, startedAtMs } = call
  const attributes = call.spans[0]?.record.attributes ?? {}
  const durationMs = Math.max(0, nowMs - startedAtMs)
  return { traceId, name, startedAtMs, durationMs, status: 'ok', attributes, spans }
}
