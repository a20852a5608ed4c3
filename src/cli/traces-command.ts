import type { HoldfastParts } from '../app/holdfast.ts'
import { readRecordedCall } from '../app/recorded-call.ts'
import { keepCase } from '../app/saved-cases.ts'
import { systemClock } from '../base/clock.ts'
import { invalidConfig, isHoldfastError } from '../base/errors.ts'
import { callSpanPrefix, own } from '../model/conventions.ts'
import type { TraceRecord } from '../model/trace.ts'
import { withApp } from './with-app.ts'

export interface TracesFlags {
  readonly config?: string
  readonly pipeline?: string
  readonly status?: string
  readonly source?: string
  readonly degraded?: boolean
  readonly rejected?: boolean
  readonly since?: string
  readonly limit?: string
  /** True: into the folder of the cases. */
  readonly saveTests?: string | true
}

/** `holdfast traces`: the last calls that pass the filters, a line each, newest first, or as test cases. */
export async function tracesCommand(flags: TracesFlags): Promise<void> {
  const wanted = parseFlags(flags, systemClock.now())
  await withApp(flags.config, async (app) => {
    const { traces, looked } = await find(app, wanted)
    const { saveTests } = flags
    const lines =
      saveTests === undefined
        ? traces.map(describe)
        : saveCases(traces, saveTests === true ? undefined : saveTests)
    if (traces.length === 0) {
      const known = [...app.pipelines.keys()].join(', ')
      lines.push(
        looked === 0
          ? `No trace is stored yet${flags.pipeline === undefined ? '' : ` of ${flags.pipeline}`}. Pipelines: ${known}.`
          : `No trace passes the filters (looked at: ${looked}).`,
      )
    }
    process.stdout.write(`${lines.join('\n')}\n`)
  })
}

/** Writes each call as a test case, and says of which that cannot be. */
function saveCases(traces: readonly TraceRecord[], folder: string | undefined): string[] {
  const lines = traces.map((trace) => {
    try {
      const { path, isNew } = keepCase(readRecordedCall(trace), folder)
      return isNew ? `Written: ${path}` : `There already: ${path}`
    } catch (error) {
      if (isHoldfastError(error, 'NOT_FOUND') || isHoldfastError(error, 'INVALID_INPUT')) {
        return `Left out: ${error.message}`
      }
      throw error
    }
  })
  const advice =
    'They are sanitised, but a redactor does not know every name and secret: read them before you share them. holdfast check asks every model all cases.'
  return traces.length === 0 ? lines : [...lines, advice]
}

interface Wanted {
  readonly name: string | undefined
  readonly status: 'ok' | 'error' | undefined
  readonly limit: number
  readonly sinceMs: number
  passes(trace: TraceRecord): boolean
}

/** The store keeps so many by default; whoever keeps more looks at the newest of them. */
const mostLookedAt = 10_000

/**
 * The store filters by name and status. What it does not know is filtered here, over a window that
 * grows, since most lists end within the first.
 */
async function find(app: HoldfastParts, wanted: Wanted) {
  const { name, status, limit, sinceMs } = wanted
  const filter = { ...(name !== undefined && { name }), ...(status !== undefined && { status }) }
  for (let window = Math.min(limit * 4, mostLookedAt); ; window *= 4) {
    const stored = await app.traces.list({ ...filter, limit: Math.min(window, mostLookedAt) })
    const recent = stored.filter(({ startedAtMs }) => startedAtMs >= sinceMs)
    const traces = recent.filter(wanted.passes).slice(0, limit)
    const isAll = stored.length < window || recent.length < stored.length
    if (traces.length === limit || isAll || window >= mostLookedAt) {
      return { traces, looked: stored.length }
    }
  }
}

function describe(trace: TraceRecord): string {
  const time = new Date(trace.startedAtMs).toISOString()
  const source = trace.attributes[own.source] ?? trace.status
  const rejected = trace.attributes[own.rejected]
  const reason =
    trace.attributes[own.degradedReason] ?? (rejected && `corrected: ${String(rejected)}`)
  const ms = String(Math.round(trace.durationMs)).padStart(6)
  const facts = `${time}  ${trace.traceId}  ${ms} ms  ${String(source).padEnd(8)}  ${trace.name}`
  return reason === undefined ? facts : `${facts}  (${reason})`
}

const sources = ['primary', 'fallback', 'cache', 'canned'] as const

function parseFlags(flags: TracesFlags, nowMs: number): Wanted {
  const { pipeline, status, source, degraded, rejected } = flags
  if (status !== undefined && status !== 'ok' && status !== 'error') {
    throw invalidConfig('--status', status, 'ok or error')
  }
  if (source !== undefined && !sources.some((each) => each === source)) {
    throw invalidConfig('--source', source, `one of ${sources.join(', ')}`)
  }
  return {
    name: pipeline === undefined ? undefined : callSpanPrefix + pipeline,
    status,
    limit: parseLimit(flags.limit),
    sinceMs: flags.since === undefined ? 0 : parseSince(flags.since, nowMs),
    passes: ({ attributes }) =>
      (source === undefined || attributes[own.source] === source) &&
      (degraded === undefined || attributes[own.degraded] === true) &&
      (rejected === undefined || attributes[own.rejected] !== undefined),
  }
}

function parseLimit(text = '50'): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit > 0 && limit <= mostLookedAt) return limit
  throw invalidConfig('--limit', text, `a whole number from 1 to ${mostLookedAt}`)
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
}

/** A time, or how long ago: `30m`, `2h`, `7d`. */
function parseSince(text: string, nowMs: number): number {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  const atMs = unit === '' ? Date.parse(text) : nowMs - Number(count) * (unitMs[unit] ?? 0)
  if (!Number.isNaN(atMs)) return atMs
  throw invalidConfig('--since', text, 'how long ago (30m, 2h, 7d) or a time (2026-01-31T09:00Z)')
}
