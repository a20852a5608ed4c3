import { silentTelemetry, type Telemetry } from '../base/telemetry-port.ts'
import type { EventStore, SequencedEvent } from '../store/event-store.ts'
import { mergeEntries } from './merge-entries.ts'

/** Compacts logs that have ended, beside the work. */
export interface Compaction {
  begin(answerId: string): void
  /** Resolves when none is under way. */
  close(): Promise<void>
}

/**
 * The log of an answer is compacted by the process that has written its end. Where that process dies
 * before, or the store is away, the log stays as it is: longer, and saying the same.
 */
export function createCompaction(
  store: Pick<EventStore, 'read' | 'compact'>,
  telemetry: Telemetry = silentTelemetry,
): Compaction {
  const tasks = new Set<Promise<void>>()

  async function compact(answerId: string): Promise<void> {
    const merged = mergeEntries(await readAll(store, answerId))
    if (merged.length > 0) await store.compact(answerId, merged)
  }

  return {
    begin(answerId) {
      const task = compact(answerId)
        .catch((error: unknown) =>
          telemetry.log('warn', 'The log of an answer was not compacted.', { answerId }, error),
        )
        .finally(() => tasks.delete(task))
      tasks.add(task)
    },
    async close() {
      await Promise.all(tasks)
    },
  }
}

const pageSize = 1_000

async function readAll(
  store: Pick<EventStore, 'read'>,
  answerId: string,
): Promise<readonly SequencedEvent[]> {
  const all: SequencedEvent[] = []
  for (;;) {
    const page = await store.read(answerId, all.at(-1)?.seq ?? 0, pageSize)
    all.push(...page)
    if (page.length < pageSize) return all
  }
}
