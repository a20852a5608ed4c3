import { useState } from 'preact/hooks'
import type { SpanRecord, TraceRecord } from '../../src/model/trace.ts'
import { SpanDetails } from './span-details.tsx'

/** One call: its facts, its spans on a common time axis, and what the chosen span says. */
export function TraceView({ trace }: { readonly trace: TraceRecord }) {
  const [chosenId, setChosenId] = useState<string>()
  const chosen = trace.spans.find((span) => span.spanId === chosenId) ?? trace.spans[0]
  return (
    <section class="trace" aria-label={trace.name}>
      <h1>{trace.name}</h1>
      <p class="soft">
        {new Date(trace.startedAtMs).toLocaleString()} · {Math.round(trace.durationMs)} ms ·{' '}
        {trace.spans.length} spans · {trace.traceId}
      </p>
      <ol class="waterfall">
        {inOrder(trace.spans).map(({ span, depth }) => (
          <li key={span.spanId}>
            <button
              type="button"
              class={span === chosen ? 'span chosen' : 'span'}
              onClick={() => setChosenId(span.spanId)}
            >
              <span class="span-name" style={{ paddingLeft: `${depth * 1.1}rem` }}>
                {span.name}
              </span>
              <span class="track">
                <span class={`piece ${span.kind} ${span.status}`} style={placeOf(span, trace)} />
              </span>
              <span class="number">{span.durationMs.toFixed(span.durationMs < 10 ? 1 : 0)} ms</span>
            </button>
          </li>
        ))}
      </ol>
      {chosen && <SpanDetails span={chosen} />}
    </section>
  )
}

function inOrder(spans: readonly SpanRecord[]): { span: SpanRecord; depth: number }[] {
  const known = new Set(spans.map((span) => span.spanId))
  const rows: { span: SpanRecord; depth: number }[] = []
  const visit = (span: SpanRecord, depth: number) => {
    rows.push({ span, depth })
    for (const child of spans) if (child.parentSpanId === span.spanId) visit(child, depth + 1)
  }
  for (const span of spans) {
    if (span.parentSpanId === undefined || !known.has(span.parentSpanId)) visit(span, 0)
  }
  return rows
}

function placeOf(span: SpanRecord, trace: TraceRecord) {
  const whole = Math.max(trace.durationMs, 1)
  return {
    left: `${((span.startedAtMs - trace.startedAtMs) / whole) * 100}%`,
    width: `${(span.durationMs / whole) * 100}%`,
  }
}
