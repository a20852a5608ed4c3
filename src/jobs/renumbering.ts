import type { Telemetry } from '../base/telemetry-port.ts'
import type { JobQueue, QueuedJob } from './queue-engine.ts'
import { baseOf, type QueuePlace, queuePriority } from './queue-place.ts'

/** Numbers the waiting jobs anew when the base of their numbers moves on. */
export interface Renumbering {
  /**
   * A job was begun, so the clock of its priority has come to its tag. Where that is beyond a step, the
   * jobs that wait get their new numbers: by every process that notices, which comes to the same, so that
   * it is done also where the first of them dies meanwhile.
   */
  begun(place: QueuePlace): Promise<void>
}

export function createRenumbering(queue: JobQueue, telemetry: Telemetry): Renumbering {
  const bases = new Map<number, number>()
  return {
    async begun({ priority, startTag }) {
      const base = baseOf(startTag)
      if (base <= (bases.get(priority) ?? 0)) return
      bases.set(priority, base)
      const waiting = [...(await queue.getPrioritized()), ...(await queue.getDelayed())]
      for (const job of waiting) {
        if (job.data.place?.priority === priority) await renumber(job, job.data.place, base)
      }
      telemetry.log('info', 'Waiting jobs were numbered anew.', { priority, jobs: waiting.length })
    },
  }

  async function renumber(job: QueuedJob, place: QueuePlace, base: number): Promise<void> {
    const priority = queuePriority(place, base)
    if (job.priority === priority) return
    try {
      await job.changePriority({ priority })
    } catch (error) {
      // It may have been begun, ended and removed since the list was read; then there is nothing to do.
      telemetry.log('debug', 'A job was not numbered anew.', { answerId: job.data.answerId }, error)
    }
  }
}
