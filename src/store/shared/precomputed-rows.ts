import type {
  FollowingStep,
  NewPrecomputed,
  PrecomputedEntry,
  RuleTally,
} from '../precomputed-store.ts'
import type { RowReader } from './row-reader.ts'

/** How long a note stands whose answer has not been accepted: its process may have died between. */
export const acceptWithinMs = 10_000

/** How long it is remembered in which order steps came. */
export const keepStepsMs = 30 * 24 * 3_600_000

export function precomputedValues(entry: NewPrecomputed): readonly (string | number | null)[] {
  return [
    entry.answerId,
    entry.pipeline,
    entry.rule,
    entry.key,
    entry.conversationId ?? null,
    entry.madeAtMs,
    entry.freshUntilMs,
    entry.staleUntilMs,
  ]
}

/** The entry in a row of `precomputed` joined with the state of its answer. */
export function readPrecomputedRow(row: RowReader): PrecomputedEntry {
  const conversationId = row.optionalText('conversation_id')
  return {
    answerId: row.text('answer_id'),
    pipeline: row.text('pipeline'),
    rule: row.text('rule'),
    key: row.text('key'),
    ...(conversationId !== undefined && { conversationId }),
    madeAtMs: row.number('made_at_ms'),
    freshUntilMs: row.number('fresh_until_ms'),
    staleUntilMs: row.number('stale_until_ms'),
    state: row.optionalText('state') === undefined ? undefined : row.oneOf('state', liveStates),
  }
}

const liveStates = { waiting: true, active: true, completed: true } as const

export function readTallyRow(row: RowReader): RuleTally {
  return {
    rule: row.text('rule'),
    made: row.number('made'),
    used: row.number('used'),
    decided: row.number('decided'),
    tokens: { spent: row.number('tokens_spent'), used: row.number('tokens_used') },
    costUsd: { spent: row.number('cost_spent'), used: row.number('cost_used') },
    savedMs: row.number('saved_ms'),
  }
}

export function readFollowingRow(row: RowReader): FollowingStep {
  return { step: row.text('to_step'), sessions: row.number('sessions'), of: row.number('total') }
}
