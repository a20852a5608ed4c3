/**
 * The event logs of answers as Redis Streams.
 *
 * The id of an entry is its sequence number (`7-0`), so a read after a number is one seek. Beside each
 * stream stands its head, a hash with the newest run and the last number; the script that appends checks
 * the run, numbers the events and moves the head in one step. Head and log expire together, a while
 * after the last event.
 */
import type { Redis } from 'ioredis'
import type { Clock } from '../../base/clock.ts'
import {
  type AppendOutcome,
  type EventStore,
  firstSeqOf,
  type SequencedEvent,
} from '../event-store.ts'
import { checkCount, defaultReadLimit } from '../shared/check-options.ts'
import {
  type EncodedBatch,
  encodeBatch,
  encodeMerged,
  readEventRow,
  takenBack,
} from '../shared/event-rows.ts'
import { RowReader } from '../shared/row-reader.ts'
import { checkText } from '../shared/store-error.ts'
import type { GrownLog } from '../shared/watchers.ts'
import {
  announceScript,
  appendScript,
  compactScript,
  fenceScript,
  removeScript,
  reopenScript,
  type Script,
} from './event-scripts.ts'
import type { GrowthWatch } from './growth-watch.ts'
import { toStoreError } from './redis-error.ts'

/** The connection with what all commands on it need. */
export interface RedisLogs {
  readonly client: Redis
  readonly location: string
  readonly prefix: string
  readonly retentionMs: number
}

/** Runs `work`, and throws what it throws in the words of the closed family. */
async function guarded<T>({ location }: RedisLogs, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toStoreError(location, error)
  }
}

export function channelOf({ prefix }: RedisLogs): string {
  return `${prefix}:grown`
}

const growthOf = ({ prefix }: RedisLogs): [string, string] => [
  `${prefix}:growth`,
  `${prefix}:growths`,
]

function headOf({ prefix }: RedisLogs, answerId: string): string {
  return `${prefix}:head:${checkText(answerId)}`
}

function logOf({ prefix }: RedisLogs, answerId: string): string {
  return `${prefix}:log:${checkText(answerId)}`
}

async function run(
  { client }: RedisLogs,
  { text, hash }: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(hash, keys.length, ...keys, ...values)
  } catch (error) {
    // Redis forgets scripts when it restarts, and says so before it does anything.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return client.eval(text, keys.length, ...keys, ...values)
  }
}

/** `watch` tells of the growth of the logs, here and in other processes. */
export function createEvents(logs: RedisLogs, clock: Clock, watch: GrowthWatch): EventStore {
  return {
    async append(batches) {
      const encoded = batches.map(encodeBatch)
      if (encoded.length === 0) return []
      const atMs = clock.now()
      const outcomes = await appendAll(logs, encoded, atMs)
      for (const [index, { answerId, events }] of encoded.entries()) {
        const outcome = outcomes[index]
        if (outcome?.ok && events.length > 0) watch.announce({ answerId, lastSeq: outcome.lastSeq })
      }
      return outcomes
    },

    async reopen(answerId) {
      await guarded(logs, () => run(logs, reopenScript, [logOf(logs, answerId)], [takenBack]))
    },

    async compact(answerId, merged) {
      if (merged.length === 0) return
      const values = merged.flatMap((each) => [firstSeqOf(each), each.seq, encodeMerged(each)])
      await guarded(logs, () => run(logs, compactScript, [logOf(logs, answerId)], values))
    },

    async read(answerId, afterSeq, limit = defaultReadLimit) {
      // The first id after that of the event itself.
      const start = `${checkCount('afterSeq', afterSeq)}-1`
      if (checkCount('limit', limit) === 0) return []
      const entries = await guarded(logs, () =>
        logs.client.xrange(logOf(logs, answerId), start, '+', 'COUNT', limit),
      )
      return entries.map((entry) => readEntry(logs, entry, afterSeq))
    },

    async announce(answerId) {
      const keys = [...growthOf(logs), headOf(logs, answerId)]
      const values = [channelOf(logs), answerId]
      const lastSeq = await guarded(logs, () => run(logs, announceScript, keys, values))
      watch.announce({ answerId, lastSeq: Number(lastSeq) })
    },

    watch: (onGrowth) => watch.watch(onGrowth),
  }
}

async function appendAll(
  logs: RedisLogs,
  batches: readonly EncodedBatch[],
  atMs: number,
): Promise<readonly AppendOutcome[]> {
  const keys = batches.flatMap(({ answerId }) => [headOf(logs, answerId), logOf(logs, answerId)])
  const values = batches.flatMap(({ answerId, run, events }) => [
    answerId,
    run,
    events.length,
    ...events,
  ])
  const reply = await guarded(logs, () =>
    run(
      logs,
      appendScript,
      [...growthOf(logs), ...keys],
      [atMs, logs.retentionMs, channelOf(logs), ...values],
    ),
  )
  const numbers = Array.isArray(reply) ? reply.map(Number) : []
  return batches.map((_batch, index) => {
    const number = numbers[index * 2 + 1] ?? 0
    return numbers[index * 2] === 1
      ? { ok: true, lastSeq: number, atMs }
      : { ok: false, currentRun: number }
  })
}

function readEntry(
  { location }: RedisLogs,
  [id, fields]: [string, string[]],
  afterSeq: number,
): SequencedEvent {
  const values = new Map<string, string>()
  for (let index = 0; index + 1 < fields.length; index += 2) {
    values.set(fields[index] ?? '', fields[index + 1] ?? '')
  }
  const row = {
    seq: Number.parseInt(id, 10),
    at_ms: Number(values.get('at')),
    event: values.get('event'),
  }
  return readEventRow(new RowReader(location, row), afterSeq)
}

/** From now on, runs of the answer before `newest` are refused. */
export async function raiseFence(logs: RedisLogs, answerId: string, newest: number): Promise<void> {
  await guarded(logs, () =>
    run(logs, fenceScript, [headOf(logs, answerId)], [newest, logs.retentionMs]),
  )
}

/**
 * Deletes the log of an answer, and refuses from now on runs before `newest`. Returns how many events
 * there were.
 */
export async function removeLog(
  logs: RedisLogs,
  answerId: string,
  newest: number,
): Promise<number> {
  const keys = [headOf(logs, answerId), logOf(logs, answerId)]
  const reply = await guarded(logs, () => run(logs, removeScript, keys, [newest, logs.retentionMs]))
  return Number(reply)
}

/** The number of the newest growth of any log; 0 where nothing was ever written. */
export async function readLastGrowth(logs: RedisLogs): Promise<number> {
  const [, counter] = growthOf(logs)
  return Number((await logs.client.get(counter)) ?? 0)
}

/** The logs that have grown after the growth of that number, and the number of the newest growth. */
export function readGrowth(
  logs: RedisLogs,
  seen: number,
): Promise<{ readonly seen: number; readonly grown: readonly GrownLog[] }> {
  return guarded(logs, async () => {
    const newest = await readLastGrowth(logs)
    // A Redis that has lost its data counts anew, and what it has written since is looked for from its start.
    const after = newest < seen ? 0 : seen
    if (newest === after) return { seen: newest, grown: [] }
    const answerIds = await logs.client.zrangebyscore(growthOf(logs)[0], `(${after}`, '+inf')
    const grown = await Promise.all(
      answerIds.map(async (answerId) => {
        const lastSeq = await logs.client.hget(headOf(logs, answerId), 'seq')
        return { answerId, lastSeq: Number(lastSeq ?? 0) }
      }),
    )
    return { seen: newest, grown }
  })
}
