import type { SpanRecord, TraceRecord } from '../../src/model/trace.ts'
import { duration } from './format.ts'
import { firstContentMs } from './time-split.tsx'

interface Properties {
  readonly trace: TraceRecord
  readonly chosen: SpanRecord | undefined
  onChoose(spanId: string): void
}

/** The spans of a call on a common time axis. A tick on an attempt is its first token. */
export function Waterfall({ trace, chosen, onChoose }: Properties) {
  const whole = Math.max(trace.durationMs, 0.001)
  return (
    <div class="waterfall">
      <div class="axis" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part} style={{ left: `${part * 100}%` }}>
            {duration(part * whole)}
          </span>
        ))}
      </div>
      <ol>
        {inOrder(trace.spans).map(({ span, depth }) => (
          <li key={span.spanId}>
            <button
              type="button"
              class={span.spanId === chosen?.spanId ? 'span chosen' : 'span'}
              onClick={() => onChoose(span.spanId)}
            >
              <span class="span-name" style={{ paddingLeft: `${depth * 0.9}rem` }}>
                {span.name}
                <Reason span={span} />
              </span>
              <Track span={span} trace={trace} whole={whole} />
              <span class="number">{duration(span.durationMs)}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** Why an attempt was made, and why it failed. */
function Reason({ span }: { readonly span: SpanRecord }) {
  const { 'holdfast.attempt.reason': why, 'error.type': failure } = span.attributes
  return (
    <>
      {typeof why === 'string' && why !== 'first' && <em class="why">{why}</em>}
      {typeof failure === 'string' && <em class="why bad">{failure}</em>}
    </>
  )
}

interface TrackProperties {
  readonly span: SpanRecord
  readonly trace: TraceRecord
  readonly whole: number
}

function Track({ span, trace, whole }: TrackProperties) {
  const firstMs = firstContentMs(span)
  const left = ((span.startedAtMs - trace.startedAtMs) / whole) * 100
  return (
    <span class="track">
      <span
        class={`piece ${span.kind} ${span.status}`}
        style={{ left: `${left}%`, width: `${(span.durationMs / whole) * 100}%` }}
      />
      {firstMs !== undefined && (
        <span
          class="tick"
          style={{ left: `${left + (firstMs / whole) * 100}%` }}
          title={`first token after ${duration(firstMs)}`}
        />
      )}
    </span>
  )
}

function inOrder(spans: readonly SpanRecord[]): { span: SpanRecord; depth: number }[] {
  const below = Map.groupBy(spans, ({ parentSpanId }) => parentSpanId)
  const known = new Set(spans.map((span) => span.spanId))
  const rows: { span: SpanRecord; depth: number }[] = []
  const visit = (span: SpanRecord, depth: number) => {
    rows.push({ span, depth })
    for (const child of below.get(span.spanId) ?? []) visit(child, depth + 1)
  }
  for (const span of spans) {
    if (span.parentSpanId === undefined || !known.has(span.parentSpanId)) visit(span, 0)
  }
  return rows
}
