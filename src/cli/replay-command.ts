import { readRecordedCall } from '../app/recorded-call.ts'
import { type CallFacts, type Replay, replay } from '../app/replay.ts'
import { createTrials } from '../app/trials.ts'
import { findTrace } from './find-trace.ts'
import { formatTable } from './format-table.ts'
import { withApp } from './with-app.ts'

export interface ReplayFlags {
  readonly config?: string
  readonly model?: string
  readonly json?: boolean
}

/** `holdfast replay <id>`: a recorded call run again, and what is other than it was. */
export async function replayCommand(id: string, flags: ReplayFlags): Promise<void> {
  const result = await withApp(flags.config, async (app, config) => {
    const call = readRecordedCall(await findTrace(app, id))
    const trials = await createTrials(config)
    try {
      return await replay(trials, call, flags.model)
    } finally {
      await trials.close()
    }
  })
  process.stdout.write(`${flags.json ? JSON.stringify(result) : describe(result)}\n`)
}

function describe({ traceId, pipeline, recordedAtMs, notes, ...result }: Replay): string {
  return [
    `${pipeline}, recorded ${new Date(recordedAtMs).toISOString()} (trace ${traceId})`,
    ...notes,
    '',
    ...formatTable([
      ['', 'recorded', 'now', ''],
      ...facts.map(({ label, show, change }) => [
        label,
        show(result.before),
        show(result.now),
        change?.(result.before, result.now) ?? '',
      ]),
    ]),
    '',
    ...describeValues(result),
  ].join('\n')
}

interface Fact {
  readonly label: string
  show(call: CallFacts): string
  change?(before: CallFacts, now: CallFacts): string
}

const facts: readonly Fact[] = [
  { label: 'source', show: ({ source, reason }) => (reason ? `${source} (${reason})` : source) },
  { label: 'model', show: ({ model }) => model ?? '–' },
  { label: 'served as', show: ({ servedModel }) => servedModel ?? '–' },
  { label: 'attempts', show: ({ attempts }) => String(attempts ?? '–') },
  number(
    'latency',
    ({ latencyMs }) => latencyMs,
    (ms) => `${Math.round(ms)} ms`,
  ),
  number('tokens in', ({ inputTokens }) => inputTokens, String),
  number('tokens out', ({ outputTokens }) => outputTokens, String),
  number(
    'cost',
    ({ costUsd }) => costUsd,
    (usd) => `$${usd.toFixed(6)}`,
  ),
]

function number(
  label: string,
  read: (call: CallFacts) => number | undefined,
  write: (value: number) => string,
): Fact {
  const show = (call: CallFacts) => {
    const value = read(call)
    return value === undefined ? 'not known' : write(value)
  }
  const change = (before: CallFacts, now: CallFacts) => {
    const [former, current] = [read(before), read(now)]
    if (!former || current === undefined || former === current) return ''
    const percent = Math.round((current / former - 1) * 100)
    return percent === 0 ? '' : `${percent > 0 ? '+' : ''}${percent} %`
  }
  return { label, show, change }
}

function describeValues({ now, differences }: Pick<Replay, 'now' | 'differences'>): string[] {
  if (differences.length === 0) return ['The value is the same:', '', write(now.value)]
  return [
    'The value differs:',
    ...differences.flatMap(({ path, before, now: current }) => [
      '',
      ...(path === '' ? [] : [path]),
      `  - ${write(before)}`,
      `  + ${write(current)}`,
    ]),
  ]
}

function write(value: unknown): string {
  if (value === undefined) return '(nothing)'
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}
