import { createHoldfast } from '../app/create-holdfast.ts'
import type { Holdfast } from '../app/holdfast.ts'
import { HoldfastError, messageOf } from '../base/errors.ts'
import type { Answer } from '../model/answer.ts'
import { createLogger } from '../telemetry/logger.ts'
import { drawWaterfall } from '../telemetry/waterfall.ts'
import { loadConfig } from './load-config.ts'

export interface RunFlags {
  readonly input: string
  readonly config?: string
  readonly json?: boolean
}

/** `holdfast run <pipeline> --input <json>`: the answer, where it came from, and its waterfall. */
export async function runCommand(name: string, flags: RunFlags): Promise<void> {
  const input = parseInput(flags.input)
  const config = await loadConfig(flags.config)
  // A program for one answer takes no jobs from the queue, and logs only what went wrong.
  const logger = createLogger(process.env.LOG_LEVEL ?? 'error')
  const app = await createHoldfast({ ...config, concurrency: 0, logger })
  try {
    const pipeline = app.pipelines.get(name)
    if (!pipeline) {
      const known = [...app.pipelines.keys()]
      throw new HoldfastError(
        'UNKNOWN_PIPELINE',
        `There is no pipeline ${JSON.stringify(name)}. Known: ${known.join(', ')}.`,
        { name, known },
      )
    }
    const answer = await pipeline.run(input)
    process.stdout.write(`${flags.json ? JSON.stringify(answer) : await describe(answer, app)}\n`)
  } finally {
    await app.close()
  }
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const message = `--input is not JSON: ${messageOf(error)}. Put it in single quotes: --input '{"key":"value"}'`
    throw new HoldfastError('INVALID_INPUT', message, { issues: [{ path: '--input', message }] })
  }
}

async function describe(answer: Answer, app: Pick<Holdfast, 'traces'>): Promise<string> {
  const value =
    typeof answer.value === 'string' ? answer.value : JSON.stringify(answer.value, null, 2)
  const trace = await app.traces.get(answer.traceId)
  return [
    value,
    '',
    sourceLine(answer),
    '',
    ...(trace ? [drawWaterfall(trace)] : []),
    `trace ${answer.traceId}`,
  ].join('\n')
}

function sourceLine(answer: Answer): string {
  const model = answer.model ? ` ${answer.model.provider}/${answer.model.id}` : ''
  const rehearsal = answer.model?.rehearsal ? ' (rehearsal stand-in, not a model)' : ''
  const cost = answer.costUsd === undefined ? 'price not known' : `$${answer.costUsd.toFixed(6)}`
  const { inputTokens, outputTokens } = answer.usage
  const facts = [
    `source: ${answer.source}${model}${rehearsal}`,
    `attempts: ${answer.attempts.length}`,
    `tokens: ${inputTokens} in, ${outputTokens} out`,
    `cost: ${cost}`,
    `${Math.round(answer.latencyMs)} ms`,
  ]
  if (answer.degraded) facts.push(`degraded: ${answer.reason.code}: ${answer.reason.message}`)
  return [facts.join(' · '), ...answer.warnings.map((warning) => `warning: ${warning}`)].join('\n')
}
