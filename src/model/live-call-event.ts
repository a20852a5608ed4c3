import type { SpanRecord, TraceRecord } from './trace.ts'

/**
 * What is seen of calls while they are made, sanitised. For those who watch: what nobody watches is told
 * nowhere, and nothing is told twice.
 *
 * - `span-started`: a call (where it has no parent here), a station or an attempt begins
 * - `text`: more of an attempt's answer. Held back until no secret can begin in it; so it comes in pieces
 *   of some hundred characters, and the rest at the attempt's end
 * - `span-ended`: it has ended; contents are in the stored trace
 * - `call-ended`: the last event of a call
 */
export type LiveCallEvent =
  | {
      readonly type: 'span-started'
      readonly traceId: string
      readonly span: Pick<
        SpanRecord,
        'spanId' | 'parentSpanId' | 'name' | 'kind' | 'startedAtMs' | 'attributes'
      >
    }
  | {
      readonly type: 'text'
      readonly traceId: string
      readonly spanId: string
      readonly text: string
    }
  | {
      readonly type: 'span-ended'
      readonly traceId: string
      readonly span: Omit<SpanRecord, 'content'>
    }
  | { readonly type: 'call-ended'; readonly call: CallSummary }

/** A trace as lists show it: all but its spans. */
export type CallSummary = Omit<TraceRecord, 'spans'> & { readonly spanCount: number }
