import type { SpanRecord, TraceRecord } from '../../src/model/trace.ts'
import { duration } from './format.ts'

/** One kind of what a call's time was spent on. */
interface Share {
  readonly kind: string
  readonly label: string
  readonly ms: number
}

const kinds: Readonly<Record<string, string>> = {
  queue: 'waiting in the queue',
  prepare: 'memory and context',
  first: 'until the first token',
  stream: 'streaming',
  failed: 'failed attempts',
  backoff: 'backing off',
  check: 'checking the answer',
  step: 'steps',
  other: 'in between',
}

/** Where the time of a call went, as one bar. */
export function TimeSplit({ trace }: { readonly trace: TraceRecord }) {
  const shares = sharesOf(trace)
  const whole = shares.reduce((sum, { ms }) => sum + ms, 0) || 1
  return (
    <div class="split" role="img" aria-label="Where the time went">
      <div class="split-bar">
        {shares.map(({ kind, label, ms }) => (
          <span
            key={kind}
            class={`fill-${kind}`}
            style={{ flexGrow: ms / whole }}
            title={`${label}: ${duration(ms)}`}
          />
        ))}
      </div>
      <ul class="split-legend">
        {shares.map(({ kind, label, ms }) => (
          <li key={kind}>
            <i class={`fill-${kind}`} /> {label} <b>{duration(ms)}</b>
          </li>
        ))}
      </ul>
    </div>
  )
}

function sharesOf(trace: TraceRecord): Share[] {
  const sums = new Map<string, number>()
  const add = (kind: string, ms: number) => sums.set(kind, (sums.get(kind) ?? 0) + ms)
  const root = trace.spans.find(({ name }) => name.startsWith('llm.call')) ?? trace.spans[0]
  for (const span of trace.spans) {
    const isStation = span.parentSpanId === root?.spanId || span.name === 'queue.wait'
    if (isStation && span !== root) divide(span, add)
  }
  const counted = [...sums.values()].reduce((sum, ms) => sum + ms, 0)
  add('other', Math.max(0, trace.durationMs - counted))
  return Object.entries(kinds).flatMap(([kind, label]) => {
    const ms = sums.get(kind) ?? 0
    return ms < trace.durationMs / 500 ? [] : [{ kind, label, ms }]
  })
}

function divide(span: SpanRecord, add: (kind: string, ms: number) => void): void {
  const isAnswering = span.kind === 'client' && span.status === 'ok'
  const firstMs = isAnswering ? (firstContentMs(span) ?? span.durationMs) : span.durationMs
  add(isAnswering ? 'first' : kindOf(span), firstMs)
  if (isAnswering) add('stream', span.durationMs - firstMs)
}

function kindOf({ name, kind }: SpanRecord): string {
  if (kind === 'client') return 'failed'
  if (name === 'queue.wait') return 'queue'
  if (name === 'retry.backoff') return 'backoff'
  if (name.startsWith('output.')) return 'check'
  if (name.startsWith('step ')) return 'step'
  return 'prepare'
}

/** From the start of an attempt to its first content, where it was streamed. */
export function firstContentMs({ attributes }: SpanRecord): number | undefined {
  const seconds = attributes['gen_ai.response.time_to_first_chunk']
  return typeof seconds === 'number' ? seconds * 1_000 : undefined
}
