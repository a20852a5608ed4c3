import { invalidConfig, messageOf } from '../base/errors.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import type { QueueEngine } from './queue-engine.ts'

/** Work at set times, made by one of the processes that share the queue. */
export interface Schedule {
  /** Breaks off what is at work, and takes no more. The times stay for the other processes. */
  close(): Promise<void>
}

export interface ScheduleOptions {
  readonly engine: QueueEngine
  readonly telemetry: Telemetry
  /** The same in all processes: of those, one makes the work of a time. */
  readonly name: string
  /** In UTC. */
  readonly cron: string
  /** The option that `cron` comes from, for messages. */
  readonly option: string
  work(signal: AbortSignal): Promise<void>
}

/** Work that failed is not made again before its next time; the last failures stay to be looked at. */
const jobOptions = { attempts: 1, removeOnComplete: { count: 10 }, removeOnFail: { count: 10 } }

/**
 * The queue itself keeps the times, so that they outlive processes and no time is served twice.
 *
 * @throws INVALID_CONFIG for a rule that cannot be read; QUEUE_UNAVAILABLE.
 */
export async function startSchedule(options: ScheduleOptions): Promise<Schedule> {
  const { engine, telemetry, name, cron, option } = options
  const stopped = new AbortController()
  const { queue, worker } = engine.createTimetable(name, () => options.work(stopped.signal))
  const report = (error: unknown) => {
    if (stopped.signal.aborted) return
    telemetry.log('error', 'A schedule reports an error.', { schedule: name }, error)
  }
  queue.on('error', report)
  worker.on('error', report)
  worker.on('failed', (_job, error) => report(error))
  const close = async () => {
    stopped.abort(new DOMException('The process stops.', 'AbortError'))
    await worker.close()
    await queue.close()
  }
  await queue.waitUntilReady()
  try {
    await queue.upsertJobScheduler(name, { pattern: cron, tz: 'UTC' }, { opts: jobOptions })
  } catch (error) {
    await close()
    throw invalidConfig(option, cron, `a cron rule such as 0 5 * * * (${messageOf(error)})`)
  }
  worker.run().catch(report)
  return { close }
}
