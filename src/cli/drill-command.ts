import { HoldfastError, invalidConfig } from '../base/errors.ts'
import { listFaults } from '../drill/faults.ts'
import { formatReports } from '../drill/format-report.ts'
import { pipelineSubject } from '../drill/pipeline-subject.ts'
import type { DrillReport } from '../drill/report.ts'
import { runDrill } from '../drill/run-drill.ts'
import type { Scenario } from '../drill/scenario.ts'
import { scenariosFor } from '../drill/scenarios.ts'
import type { Pipeline } from '../pipeline/definition.ts'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import { formatTable } from './format-table.ts'
import { loadConfig } from './load-config.ts'

export interface DrillFlags {
  readonly config?: string
  readonly scenario?: string
  readonly requests?: string
  readonly seed?: string
  readonly realTime?: boolean
  readonly json?: boolean
  readonly list?: boolean
}

/**
 * `holdfast drill <pipeline>`: faults between a pipeline and its models, and what became of its
 * answers. The exit code is 1 when anything was silent, wrong or late.
 */
export async function drillCommand(name: string | undefined, flags: DrillFlags): Promise<void> {
  if (flags.list) return listWhatCanBreak()
  const pipeline = findPipeline((await loadConfig(flags.config)).pipelines, name)
  const subject = pipelineSubject(pipeline)
  const reports: DrillReport[] = []
  for (const scenario of choose(scenariosFor(subject), flags.scenario)) {
    // In virtual time the waits of a drill cost nothing, and its figures do not depend on the machine.
    const clock = flags.realTime ? undefined : createVirtualClock()
    const report = await runDrill({
      subject,
      scenario,
      requests: wholeNumber('--requests', flags.requests, 200),
      seed: wholeNumber('--seed', flags.seed, 1),
      ...(clock && { clock }),
    })
    clock?.close()
    reports.push(report)
  }
  const text = flags.json ? JSON.stringify(reports) : formatReports(reports)
  process.stdout.write(`${text}\n`)
  if (reports.some(({ passed }) => !passed)) process.exitCode = 1
}

function listWhatCanBreak(): void {
  const rows = listFaults().map(({ id, summary }) => [id, summary])
  process.stdout.write(`${formatTable([['fault', 'what it does'], ...rows]).join('\n')}\n`)
}

function findPipeline(
  pipelines: Readonly<Record<string, Pipeline>>,
  name: string | undefined,
): Pipeline {
  const found = Object.values(pipelines).find((pipeline) => pipeline.name === name)
  if (found) return found
  const known = Object.values(pipelines).map((pipeline) => pipeline.name)
  throw new HoldfastError(
    'UNKNOWN_PIPELINE',
    `There is no pipeline ${JSON.stringify(name ?? '')}. Known: ${known.join(', ')}.`,
    { name: name ?? '', known },
  )
}

function choose(scenarios: readonly Scenario[], name: string | undefined): readonly Scenario[] {
  if (name === undefined) return scenarios
  const chosen = scenarios.filter((scenario) => scenario.name === name)
  if (chosen.length > 0) return chosen
  throw invalidConfig('--scenario', name, `one of ${scenarios.map((each) => each.name).join(', ')}`)
}

function wholeNumber(option: string, text: string | undefined, byDefault: number): number {
  const value = text === undefined ? byDefault : Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw invalidConfig(option, text, 'a whole number above 0')
  return value
}
