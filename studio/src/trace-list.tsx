import type { TraceSummary } from './api.ts'

interface Properties {
  /** Undefined until the first answer of the server. */
  readonly traces: readonly TraceSummary[] | undefined
  readonly chosen: string
}

export function TraceList({ traces, chosen }: Properties) {
  if (!traces) return <nav class="list soft">Loading …</nav>
  if (traces.length === 0) return <nav class="list soft">No call yet.</nav>
  return (
    <nav class="list" aria-label="Calls">
      {traces.map((trace) => (
        <a
          key={trace.traceId}
          href={`#${trace.traceId}`}
          class={trace.traceId === chosen ? 'row chosen' : 'row'}
        >
          <span class="row-name">{trace.name.replace('llm.call ', '')}</span>
          <span class={`source ${sourceOf(trace)}`}>{sourceOf(trace)}</span>
          <span class="soft">{new Date(trace.startedAtMs).toLocaleTimeString()}</span>
          <span class="number">{Math.round(trace.durationMs)} ms</span>
        </a>
      ))}
    </nav>
  )
}

/** Where the answer came from; `error` where there was none. */
function sourceOf({ attributes, status }: TraceSummary): string {
  const source = attributes['holdfast.source']
  return typeof source === 'string' ? source : status
}
