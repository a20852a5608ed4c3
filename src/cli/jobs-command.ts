import type { HoldfastParts } from '../app/holdfast.ts'
import { HoldfastError, invalidConfig } from '../base/errors.ts'
import type { AnswerRecord, AnswerState } from '../store/answer-store.ts'
import { formatTable } from './format-table.ts'
import { parseCount } from './parse-count.ts'
import { withApp } from './with-app.ts'

export interface ListJobsFlags {
  readonly config?: string
  readonly state?: string
  readonly pipeline?: string
  readonly limit?: string
}

export interface ShowJobFlags {
  readonly config?: string
  readonly json?: boolean
}

export interface RetryJobsFlags {
  readonly config?: string
  readonly failed?: boolean
  readonly pipeline?: string
}

const states = ['waiting', 'active', 'completed', 'failed', 'cancelled'] as const

/** The most that are tried again at a time; who has more calls it again. */
const mostRetried = 10_000

/** `holdfast jobs`: enqueued answers by state, newest first, and how many jobs the queue holds. */
export async function listJobsCommand(flags: ListJobsFlags): Promise<void> {
  const state = parseState(flags.state)
  const limit = parseCount('--limit', flags.limit ?? '50')
  await withApp(flags.config, async (app) => {
    const records = await app.answers.list({ ...filterOf(flags.pipeline, state), limit })
    const { jobs } = await app.health()
    const counts = Object.entries(jobs).map(([name, count]) => `${name} ${count}`)
    const rows = records.map(rowOf)
    const list = rows.length === 0 ? 'No answer passes the filters.' : formatTable(rows).join('\n')
    process.stdout.write(`${list}\n\nqueue: ${counts.join(', ')}\n`)
  })
}

/** `holdfast jobs show <id>`: what became of one answer, with its input and why it failed. */
export async function showJobCommand(id: string, flags: ShowJobFlags): Promise<void> {
  await withApp(flags.config, async (app) => {
    const record = await findAnswer(app, id)
    const progress = await app.jobProgress(id)
    const text = flags.json
      ? JSON.stringify({ ...record, ...(progress && { progress }) })
      : describe(record, progress?.step)
    process.stdout.write(`${text}\n`)
  })
}

/** `holdfast jobs retry <id>`, or `--failed` for all: failed answers are made again. */
export async function retryJobsCommand(
  id: string | undefined,
  flags: RetryJobsFlags,
): Promise<void> {
  if ((id === undefined) === (flags.failed !== true)) {
    throw invalidConfig('jobs retry', id ?? 'nothing', 'the id of a failed answer, or --failed')
  }
  await withApp(flags.config, async (app) => {
    const filter = { ...filterOf(flags.pipeline, 'failed'), limit: mostRetried }
    const records = id === undefined ? await app.answers.list(filter) : [await findAnswer(app, id)]
    let count = 0
    for (const record of records) if (await app.retry(record.id)) count++
    const others = records.filter(({ state }) => state !== 'failed')
    const lines = others.map(
      (record) => `${record.id} is ${record.state}; only failed ones are made again.`,
    )
    process.stdout.write(`${[...lines, `Made again: ${count}.`].join('\n')}\n`)
    if (others.length > 0) process.exitCode = 1
  })
}

function parseState(text: string | undefined): AnswerState | undefined {
  if (text === undefined) return undefined
  const state = states.find((each) => each === text)
  if (state) return state
  throw invalidConfig('--state', text, `one of ${states.join(', ')}`)
}

function filterOf(pipeline: string | undefined, state: AnswerState | undefined) {
  return { ...(pipeline !== undefined && { pipeline }), ...(state !== undefined && { state }) }
}

async function findAnswer(app: HoldfastParts, id: string): Promise<AnswerRecord> {
  const record = await app.answers.get(id)
  if (record) return record
  throw new HoldfastError('NOT_FOUND', `There is no answer ${JSON.stringify(id)}.`, {
    kind: 'answer',
    id,
  })
}

function rowOf(record: AnswerRecord): readonly string[] {
  const { id, pipeline, state, run, tenant = '', createdAtMs, error } = record
  const reason = error ? `${error.code}: ${error.message}` : ''
  return [timeOf(createdAtMs), id, state, pipeline, `run ${run}`, tenant, reason]
}

function describe(record: AnswerRecord, step: string | undefined): string {
  const { id, pipeline, state, run, tenant, priority, createdAtMs, finishedAtMs, error } = record
  const facts = [
    `${id}: ${state}`,
    `pipeline: ${pipeline}`,
    `accepted: ${timeOf(createdAtMs)}`,
    ...(finishedAtMs === undefined ? [] : [`ended: ${timeOf(finishedAtMs)}`]),
    `runs: ${run}`,
    ...(tenant === undefined ? [] : [`tenant: ${tenant}`]),
    ...(priority === undefined ? [] : [`priority: ${priority}`]),
    ...(step === undefined ? [] : [`step: ${step}`]),
    ...(error ? [`reason: ${error.code}: ${error.message}`] : []),
    `input: ${JSON.stringify(record.input, null, 2)}`,
  ]
  const answer = record.answer && [
    `answer (${record.answer.source}): ${JSON.stringify(record.answer.value, null, 2)}`,
  ]
  return [...facts, ...(answer ?? [])].join('\n')
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
