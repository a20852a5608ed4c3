import { createCheckHistory } from '../app/check-history.ts'
import type { Share } from '../app/fisher-test.ts'
import type { HoldfastConfig } from '../app/holdfast.ts'
import type { ModelCheck } from '../app/judge-check.ts'
import { openStores } from '../app/open-stores.ts'
import { type CheckReport, runCheck } from '../app/run-check.ts'
import { type NamedCase, readCases } from '../app/saved-cases.ts'
import { createTrials } from '../app/trials.ts'
import { systemClock } from '../base/clock.ts'
import { formatTable } from './format-table.ts'
import { loadConfig } from './load-config.ts'

export interface CheckFlags {
  readonly config?: string
  readonly cases?: string
  readonly json?: boolean
}

/** What the process ends with when a model has changed; 1 says that the check itself could not be made. */
const alarmExitCode = 2

/** `holdfast check`: the saved cases asked of each model, compared with the runs before. */
export async function checkCommand(flags: CheckFlags): Promise<void> {
  const config = await loadConfig(flags.config)
  const cases = readCases(flags.cases ?? config.checks?.cases)
  const report = await check(config, cases)
  const comparedWith = report.comparedWith.map((atMs) => new Date(atMs).toISOString())
  const text = flags.json
    ? JSON.stringify({ ...report, comparedWith })
    : describe(cases.length, comparedWith, report.models)
  process.stdout.write(`${text}\n`)
  const findings = report.models.flatMap((model) => model.findings)
  if (findings.some(({ level }) => level === 'alarm')) process.exitCode = alarmExitCode
}

async function check(config: HoldfastConfig, cases: readonly NamedCase[]): Promise<CheckReport> {
  const clock = systemClock
  const { store } = await openStores(config, clock)
  try {
    const trials = await createTrials(config)
    const options = { trials, cases, history: createCheckHistory(store.checks), clock }
    return await runCheck(options).finally(() => trials.close())
  } finally {
    await store.close()
  }
}

function describe(
  cases: number,
  comparedWith: readonly string[],
  models: readonly ModelCheck[],
): string {
  const last = comparedWith.at(-1)
  const against =
    last === undefined
      ? 'the first run: there is nothing to compare with yet'
      : `compared with the last ${comparedWith.length === 1 ? 'run' : `${comparedWith.length} runs`}, up to ${last}`
  return [
    `${cases} ${cases === 1 ? 'case' : 'cases'}, ${against}`,
    '',
    ...formatTable([header, ...models.map(row)]),
    '',
    ...findings(models, last !== undefined),
  ].join('\n')
}

const header = [
  'pipeline',
  'model',
  'served as',
  'fingerprint',
  'valid',
  'as expected',
  'refused',
  'no answer',
  'length',
  'latency',
]

function row(check: ModelCheck): string[] {
  const { before } = check
  return [
    check.pipeline,
    check.rehearsal ? `${check.model} (stand-in)` : check.model,
    check.servedModels.join(', ') || '–',
    check.fingerprints.join(', ') || '–',
    beside(check.valid, before?.valid, share),
    beside(check.asExpected, before?.asExpected, share),
    String(check.refused),
    String(check.unanswered),
    beside(check.length, before?.length, String),
    beside(check.latencyMs, before?.latencyMs, (ms) => `${ms} ms`),
  ]
}

const share = ({ good, of }: Share) => `${good}/${of}`

/** A value with the one before it in brackets. */
function beside<Value>(
  now: Value | undefined,
  before: Value | undefined,
  write: (value: Value) => string,
): string {
  const shown = now === undefined ? '–' : write(now)
  return before === undefined ? shown : `${shown} (${write(before)})`
}

function findings(models: readonly ModelCheck[], isCompared: boolean): string[] {
  const lines = models.flatMap(({ pipeline, model, findings }) =>
    findings.map(
      ({ level, text }) =>
        `${level === 'alarm' ? 'CHANGED' : 'warning'}  ${pipeline} · ${model}: ${text}`,
    ),
  )
  if (lines.length > 0) return lines
  return [isCompared ? 'No change was found.' : 'Kept, for the next run to compare with.']
}
