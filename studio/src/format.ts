import type { CallSummary } from '../../src/model/live-call-event.ts'
import type { TraceRecord } from '../../src/model/trace.ts'

export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 60_000).toFixed(1)} min`
}

export function money(usd: number): string {
  if (usd === 0) return '$0'
  return usd < 0.01 ? `$${usd.toFixed(5)}` : `$${usd.toFixed(2)}`
}

export const clockTime = (atMs: number) =>
  new Date(atMs).toLocaleTimeString(undefined, { hour12: false })

export function numberOf(
  { attributes }: Pick<CallSummary, 'attributes'>,
  key: string,
): number | undefined {
  const value = attributes[key]
  return typeof value === 'number' ? value : undefined
}

/** Where the answer came from; `error` where there was none. */
export function sourceOf({
  attributes,
  status,
}: Pick<TraceRecord, 'attributes' | 'status'>): string {
  const source = attributes['holdfast.source']
  return typeof source === 'string' ? source : status
}

export const shortName = (name: string) => name.replace(/^llm\.call /, '')
