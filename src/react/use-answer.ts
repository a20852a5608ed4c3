import { useMemo, useSyncExternalStore } from 'react'
import type { JsonObject } from '../base/json.ts'
import { type AnswerView, emptyView, type LiveClient } from '../client/index.ts'
import { followAnswer } from './followed-answer.ts'

export interface UseAnswerOptions {
  /** One for the whole page: all answers share its socket. */
  readonly client: LiveClient
}

/**
 * An answer while it is made, as a value that changes: its text and fields so far, its steps and attempts,
 * and at the end the whole answer or the error. It reconnects and resumes by itself, and stops following
 * when the component is gone. Without an id, and on the server, it is the empty view that waits.
 *
 * @example
 * const { text, state, answer } = useAnswer(answerId, { client })
 */
export function useAnswer<Value = JsonObject>(
  answerId: string | undefined,
  { client }: UseAnswerOptions,
): AnswerView<Value> {
  const followed = useMemo(
    () => (answerId === undefined ? nothingFollowed : followAnswer<Value>(client, answerId)),
    [client, answerId],
  )
  return useSyncExternalStore<AnswerView<Value>>(followed.subscribe, followed.view, waiting)
}

const waiting = (): typeof emptyView => emptyView

const nothingFollowed = { subscribe: () => () => {}, view: waiting }
