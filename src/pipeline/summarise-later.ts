import { untilAborted } from '../base/abort.ts'
import { planSummary } from '../context/plan-summary.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Remembered } from './recall-memory.ts'
import { summarise } from './summarise.ts'
import type { SummaryTask } from './summary-task.ts'

/**
 * Sees to a summary of the turns that are about to leave the window, beside the call and not in it: as a
 * job where there is a queue, else in this process. What is lost is planned again with the next message.
 */
export function summariseLater(
  pipeline: PreparedPipeline,
  remembered: Remembered,
  nextFromSeq: number,
): void {
  const { state, conversationId } = remembered
  if (state.isSummarising || !plan(pipeline, remembered, nextFromSeq)) return
  state.isSummarising = true
  const work: Promise<void> = planAndHandOver(pipeline, remembered, nextFromSeq)
    .catch((error: unknown) => {
      // The application is being closed; the next message plans it again.
      if (pipeline.closing.aborted) return
      const fields = { pipeline: pipeline.name, conversationId }
      pipeline.services.telemetry.log('error', 'A summary could not be made.', fields, error)
    })
    .finally(() => {
      state.isSummarising = false
      pipeline.background.delete(work)
    })
  pipeline.background.add(work)
}

async function planAndHandOver(
  pipeline: PreparedPipeline,
  remembered: Remembered,
  nextFromSeq: number,
): Promise<void> {
  const { conversationId, state } = remembered
  const { conversations, summaries } = pipeline.services
  // The summary of a context ends before its window; a newer one may reach into it.
  state.newestSummary = (await conversations.readMemory(conversationId, 0)).historySummary
  const task = plan(pipeline, remembered, nextFromSeq)
  if (!task) return
  if (summaries) await untilAborted(summaries.add(task), pipeline.closing)
  else await summarise(pipeline, task, { signal: pipeline.closing, triesAgain: false })
}

function plan(
  pipeline: PreparedPipeline,
  { conversationId, memory, state }: Remembered,
  nextFromSeq: number,
): SummaryTask | undefined {
  const { newestSummary } = state
  const isNewer = (newestSummary?.toSeq ?? 0) > (memory.historySummary?.toSeq ?? 0)
  const known = isNewer ? { ...memory, historySummary: newestSummary } : memory
  const range = planSummary(known, nextFromSeq)
  return range && { pipeline: pipeline.name, conversationId, ...range }
}
