import type { TraceRecord } from '../../src/model/trace.ts'

/** A trace in the list: all but its spans. */
export type TraceSummary = Omit<TraceRecord, 'spans'> & { readonly spanCount: number }

export async function listTraces(): Promise<readonly TraceSummary[]> {
  const { traces } = await get<{ traces: readonly TraceSummary[] }>('/v1/traces?limit=100')
  return traces
}

export const getTrace = (traceId: string): Promise<TraceRecord> =>
  get(`/v1/traces/${encodeURIComponent(traceId)}`)

/** @throws an error whose message is the server's own word on what is wrong. */
async function get<Body>(path: string): Promise<Body> {
  const response = await fetch(path)
  const body = await response.json()
  if (!response.ok) throw new Error(body.detail ?? `The server answered with ${response.status}.`)
  return body
}
