import { useState } from 'preact/hooks'
import type { TraceRecord } from '../../src/model/trace.ts'
import { duration, money, numberOf, shortName, sourceOf } from './format.ts'
import { SpanDetails } from './span-details.tsx'
import { TimeSplit } from './time-split.tsx'
import { Waterfall } from './waterfall.tsx'
import './trace-view.css'

interface Properties {
  readonly trace: TraceRecord
  readonly isRunning: boolean
}

/** One call: its facts, where its time went, its spans, and what the chosen span says. */
export function TraceView({ trace, isRunning }: Properties) {
  const [chosenId, setChosenId] = useState<string>()
  const { spans } = trace
  const answering = spans.findLast(
    (span) => span.kind === 'client' && (isRunning || span.status === 'ok'),
  )
  const chosen = spans.find((span) => span.spanId === chosenId) ?? answering ?? spans[0]
  const reason = trace.attributes['holdfast.degraded.reason']
  return (
    <section class="trace" aria-label={trace.name}>
      <header class="trace-head">
        <h1>{shortName(trace.name)}</h1>
        <span class={`chip ${isRunning ? 'running' : sourceOf(trace)}`}>
          {isRunning ? 'running' : sourceOf(trace)}
        </span>
        {typeof reason === 'string' && <span class="chip quiet">{reason}</span>}
      </header>
      <Facts trace={trace} />
      <TimeSplit trace={trace} />
      <Waterfall trace={trace} chosen={chosen} onChoose={setChosenId} />
      {chosen && <SpanDetails span={chosen} />}
      {!isRunning && (
        <p class="hint soft">
          Run it again by today’s models: <code>holdfast replay {trace.traceId}</code>
        </p>
      )}
    </section>
  )
}

function Facts({ trace }: { readonly trace: TraceRecord }) {
  const tokensIn = numberOf(trace, 'holdfast.usage.input_tokens')
  const tokensOut = numberOf(trace, 'holdfast.usage.output_tokens')
  const cost = numberOf(trace, 'holdfast.cost.usd')
  const attempts = trace.spans.filter(({ kind }) => kind === 'client').length
  const facts = [
    ['took', duration(trace.durationMs)],
    ['attempts', String(attempts)],
    ['tokens', tokensIn === undefined ? '–' : `${tokensIn} → ${tokensOut ?? 0}`],
    ['cost', cost === undefined ? '–' : money(cost)],
    ['began', new Date(trace.startedAtMs).toLocaleString(undefined, { hour12: false })],
    ['trace', trace.traceId],
  ]
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
