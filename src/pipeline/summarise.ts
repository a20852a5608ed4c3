import { startDeadline } from '../base/deadline.ts'
import { acceptSummary } from '../context/accept-summary.ts'
import { extractiveSummary } from '../context/extractive-summary.ts'
import { planSummary, type SummaryRange } from '../context/plan-summary.ts'
import { summaryRequest } from '../context/summary-request.ts'
import type { Summary, Turn } from '../model/conversation.ts'
import type { CallOutcome } from '../resilience/call-event.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Remembered } from './recall-memory.ts'

/** Nobody waits for a summary, but one that hangs would keep the next from being made. */
const summaryDeadlineMs = 60_000

/**
 * Makes a summary of the turns that are about to leave the window, beside the call and not in it. What
 * is lost with the process is planned again with the next message; two that make the same one are
 * harmless, since the store takes each range once.
 */
export function summariseLater(
  pipeline: PreparedPipeline,
  remembered: Remembered,
  nextFromSeq: number,
): void {
  const { state, memory, conversationId } = remembered
  const range = planSummary(memory, nextFromSeq)
  if (!range || state.isSummarising) return
  state.isSummarising = true
  const work: Promise<void> = summarise(pipeline, remembered, range)
    .catch((error: unknown) => {
      const fields = { pipeline: pipeline.name, conversationId, fromSeq: range.fromSeq }
      pipeline.services.telemetry.log('error', 'A summary could not be made.', fields, error)
    })
    .finally(() => {
      state.isSummarising = false
      pipeline.background.delete(work)
    })
  pipeline.background.add(work)
}

async function summarise(
  pipeline: PreparedPipeline,
  { conversationId, memory }: Remembered,
  { fromSeq, toSeq }: SummaryRange,
): Promise<void> {
  const { conversations } = pipeline.services
  const page = { afterSeq: fromSeq - 1, limit: toSeq - fromSeq + 1 }
  const turns = await conversations.readTurns(conversationId, page)
  await conversations.addSummary(conversationId, await write(pipeline, turns, memory))
}

/** By the pipeline's own models; where none gives a usable one, the sentences that matter most. */
async function write(
  pipeline: PreparedPipeline,
  turns: readonly Turn[],
  { historySummary: previous, pins }: Remembered['memory'],
): Promise<Summary> {
  const { clock, telemetry } = pipeline.services
  const outcome = await askForSummary(pipeline, turns, previous)
  const nowMs = clock.now()
  if (outcome?.status === 'complete') {
    const model = pipeline.model.models[outcome.modelIndex]
    const writtenBy = `${model?.provider}/${model?.id}`
    const verdict = acceptSummary(outcome.result.text, { turns, previous, pins, writtenBy, nowMs })
    if (verdict.ok) return verdict.summary
    const { reason, message } = verdict
    telemetry.log('warn', 'A summary was refused.', { pipeline: pipeline.name, reason, message })
  }
  return extractiveSummary(turns, previous, { nowMs })
}

async function askForSummary(
  { model, services }: PreparedPipeline,
  turns: readonly Turn[],
  previous: Summary | undefined,
): Promise<CallOutcome | undefined> {
  const deadline = startDeadline(services.clock, summaryDeadlineMs)
  try {
    for await (const event of model.call(summaryRequest(turns, previous), {
      deadline,
      stream: false,
    })) {
      if (event.type === 'call-finished') return event.outcome
    }
    return undefined
  } finally {
    deadline.release()
  }
}
