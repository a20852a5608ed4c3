import { useState } from 'preact/hooks'
import type { CallSummary } from '../../src/model/live-call-event.ts'
import type { CallBoard, RunningCall } from './call-board.ts'
import { clockTime, duration, shortName, sourceOf } from './format.ts'
import './trace-list.css'

interface Properties {
  /** Undefined until the first answer of the server. */
  readonly board: CallBoard | undefined
  readonly chosen: string
  readonly nowMs: number
}

const filters = ['all', 'running', 'primary', 'fallback', 'cache', 'canned', 'error'] as const

/** The calls that are being made on top, then those that have ended, newest first. */
export function TraceList({ board, chosen, nowMs }: Properties) {
  const [filter, setFilter] = useState<(typeof filters)[number]>('all')
  const [word, setWord] = useState('')
  if (!board) return <nav class="list soft">Loading …</nav>
  const fits = (name: string, traceId: string) => `${name} ${traceId}`.includes(word.trim())
  const running = [...board.running.values()].filter(
    ({ name, traceId }) => (filter === 'all' || filter === 'running') && fits(name, traceId),
  )
  const ended = board.ended.filter(
    (call) =>
      (filter === 'all' || filter === sourceOf(call)) && fits(shortName(call.name), call.traceId),
  )
  const longestMs = Math.max(1, ...ended.map(({ durationMs }) => durationMs))
  return (
    <nav class="list" aria-label="Calls">
      <input
        type="search"
        placeholder="Pipeline or trace id"
        aria-label="Pipeline or trace id"
        value={word}
        onInput={({ currentTarget }) => setWord(currentTarget.value)}
      />
      <div class="filters">
        {filters.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === filter}
            onClick={() => setFilter(name)}
          >
            {name}
          </button>
        ))}
      </div>
      {running.map((call) => (
        <RunningRow key={call.traceId} call={call} chosen={chosen} nowMs={nowMs} />
      ))}
      {ended.map((call) => (
        <EndedRow key={call.traceId} call={call} chosen={chosen} longestMs={longestMs} />
      ))}
      {running.length + ended.length === 0 && <p class="soft none">No such call yet.</p>}
    </nav>
  )
}

interface RunningProperties {
  readonly call: RunningCall
  readonly chosen: string
  readonly nowMs: number
}

function RunningRow({ call, chosen, nowMs }: RunningProperties) {
  const station = call.spans.findLast(({ isOpen }) => isOpen)?.record.name ?? ''
  return (
    <a href={`#${call.traceId}`} class={rowClass(call.traceId === chosen, 'live')}>
      <span class="row-name">{shortName(call.name)}</span>
      <span class="chip running">running</span>
      <span class="soft station">{shortName(station)}</span>
      <span class="number">{duration(Math.max(0, nowMs - call.startedAtMs))}</span>
    </a>
  )
}

interface EndedProperties {
  readonly call: CallSummary
  readonly chosen: string
  readonly longestMs: number
}

function EndedRow({ call, chosen, longestMs }: EndedProperties) {
  const source = sourceOf(call)
  return (
    <a href={`#${call.traceId}`} class={rowClass(call.traceId === chosen, '')}>
      <span class="row-name">{shortName(call.name)}</span>
      <span class={`chip ${source}`}>{source}</span>
      <span class="soft">{clockTime(call.startedAtMs)}</span>
      <span class="number">{duration(call.durationMs)}</span>
      <span
        class={`row-bar ${source}`}
        style={{ width: `${(call.durationMs / longestMs) * 100}%` }}
      />
    </a>
  )
}

const rowClass = (isChosen: boolean, more: string) => `row ${more} ${isChosen ? 'chosen' : ''}`
