import type { AnswerRecord } from '../store/answer-store.ts'
import type { AnswerQueue } from './answer-queue.ts'
import { createPauses } from './pauses.ts'
import { type ProcessOptions, processAnswer } from './process-answer.ts'

/** Far longer than it takes to give an answer that is there, and soon enough where its process died. */
const withinMs = 5_000

/**
 * Gives an answer that was made ahead in this process, also when all workers are busy. Its job waits
 * meanwhile, and a worker takes it up if this process does not get to the end.
 */
export async function giveAtOnce(
  record: AnswerRecord,
  queue: AnswerQueue,
  options: ProcessOptions,
): Promise<void> {
  await queue.add(record, { delayMs: withinMs })
  const { id: answerId, startTag, priority = 0, traceParent } = record
  const place = { priority, startTag }
  const data = { answerId, place, ...(traceParent && { traceParent }) }
  try {
    const putOff = await processAnswer({ data }, createPauses(options.clock), options)
    if (!putOff) await queue.remove(answerId)
  } catch (error) {
    options.telemetry.log('warn', 'A worker gives the answer made ahead.', { answerId }, error)
  }
}
