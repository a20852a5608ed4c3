/**
 * Makes one summary. It may run anywhere, again, and beside another of the same turns: it begins where
 * the newest summary in the store ends, whoever wrote that, and adds nothing if a newer one has come
 * while it was at work. What it was given is only how far to go.
 */
import { isDeepStrictEqual } from 'node:util'
import { startDeadline } from '../base/deadline.ts'
import { HoldfastError } from '../base/errors.ts'
import type { Span } from '../base/telemetry-port.ts'
import { acceptSummary } from '../context/accept-summary.ts'
import { extractiveSummary } from '../context/extractive-summary.ts'
import { summaryRequest } from '../context/summary-request.ts'
import { genAi } from '../model/conventions.ts'
import type { Memory, Summary, Turn } from '../model/conversation.ts'
import type { CallOutcome } from '../resilience/call-event.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { SummaryTask } from './summary-task.ts'

/** Nobody waits for a summary, but one that hangs would keep the next from being made. */
const summaryDeadlineMs = 60_000

export interface SummariseOptions {
  readonly signal?: AbortSignal
  /**
   * Whether a failure of the models is thrown, to be tried again later. Otherwise the sentences that
   * matter most are taken, so that what leaves the window is covered.
   */
  readonly triesAgain: boolean
}

/** @throws NO_ANSWER where no model gave a usable summary and it is to be tried again. */
export async function summarise(
  pipeline: PreparedPipeline,
  task: SummaryTask,
  options: SummariseOptions,
): Promise<void> {
  const { conversations, telemetry } = pipeline.services
  const { conversationId, toSeq } = task
  const memory = await conversations.readMemory(conversationId, 0)
  const covered = coveredTo(memory)
  // Another has made it, or the conversation was deleted in the meantime.
  if (covered >= toSeq || memory.totalTurns < toSeq) return
  const page = { afterSeq: covered, limit: toSeq - covered }
  const turns = await conversations.readTurns(conversationId, page)
  if (turns.at(-1)?.seq !== toSeq) return
  const span = telemetry.startTrace(`memory.summarise ${pipeline.name}`, {
    'holdfast.pipeline': pipeline.name,
    [genAi.conversationId]: conversationId,
    'holdfast.summary.from': covered + 1,
    'holdfast.summary.to': toSeq,
  })
  try {
    const summary = await write(pipeline, { turns, memory, span }, options)
    const isFirst = await isStillDue(conversations, conversationId, { covered, turns })
    if (isFirst) await conversations.addSummary(conversationId, summary)
    span.set({ 'holdfast.summary.writer': summary.writtenBy, 'holdfast.summary.added': isFirst })
    span.end()
  } catch (error) {
    span.end(error)
    throw error
  }
}

/**
 * Whether nobody else has summarised the turns, and they are still those: a conversation that was
 * deleted and begun anew has turns of the same numbers.
 */
async function isStillDue(
  conversations: ConversationStore,
  conversationId: string,
  { covered, turns }: { readonly covered: number; readonly turns: readonly Turn[] },
): Promise<boolean> {
  const newest = await conversations.readMemory(conversationId, 0)
  const page = { afterSeq: covered, limit: turns.length }
  const now = await conversations.readTurns(conversationId, page)
  return coveredTo(newest) === covered && isDeepStrictEqual(now, turns)
}

/** The last turn that summaries cover. */
const coveredTo = ({ historySummary }: Pick<Memory, 'historySummary'>): number =>
  historySummary?.toSeq ?? 0

interface Source {
  readonly turns: readonly Turn[]
  readonly memory: Memory
  readonly span: Span
}

/** By the pipeline's own models; where none gives a usable one, the sentences that matter most. */
async function write(
  pipeline: PreparedPipeline,
  source: Source,
  { signal, triesAgain }: SummariseOptions,
): Promise<Summary> {
  const { turns, memory } = source
  const { clock, telemetry } = pipeline.services
  const { historySummary: previous, pins } = memory
  const outcome = await askForSummary(pipeline, source, signal)
  signal?.throwIfAborted()
  const nowMs = clock.now()
  if (outcome.status === 'complete') {
    const model = pipeline.model.models[outcome.modelIndex]
    const writtenBy = `${model?.provider}/${model?.id}`
    const verdict = acceptSummary(outcome.result.text, { turns, previous, pins, writtenBy, nowMs })
    if (verdict.ok) return verdict.summary
    const { reason, message } = verdict
    telemetry.log('warn', 'A summary was refused.', { pipeline: pipeline.name, reason, message })
  }
  if (triesAgain) throw noSummary(pipeline.name, outcome)
  return extractiveSummary(turns, previous, { nowMs })
}

function noSummary(pipeline: string, outcome: CallOutcome): HoldfastError<'NO_ANSWER'> {
  const lastReason = outcome.status === 'complete' ? 'invalid-output' : outcome.reason
  return new HoldfastError(
    'NO_ANSWER',
    `No model of ${pipeline} gave a summary that can be used (${lastReason}). It is tried again.`,
    { attempts: outcome.attempts.length, lastReason },
  )
}

async function askForSummary(
  { model, services }: PreparedPipeline,
  { turns, memory, span }: Source,
  signal: AbortSignal | undefined,
): Promise<CallOutcome> {
  const deadline = startDeadline(services.clock, summaryDeadlineMs, signal)
  const request = summaryRequest(turns, memory.historySummary)
  try {
    for await (const event of model.call(request, { deadline, stream: false, span })) {
      if (event.type === 'call-finished') return event.outcome
    }
    throw new Error('A protected call ended without its last event.')
  } finally {
    deadline.release()
  }
}
