import type { JsonObject } from '../base/json.ts'
import {
  type AnswerView,
  applyEvent,
  emptyView,
  type LiveClient,
  LiveError,
} from '../client/index.ts'
import type { AnswerEvent } from '../model/answer-event.ts'

/**
 * The view of one answer as an external store of React: it follows while somebody listens, and keeps what
 * it has. A component that is taken off the page and put back, as React's strict mode does with all, goes
 * on after the last event.
 */
export interface FollowedAnswer<Value> {
  readonly subscribe: (onChange: () => void) => () => void
  readonly view: () => AnswerView<Value>
}

export function followAnswer<Value = JsonObject>(
  client: LiveClient,
  answerId: string,
): FollowedAnswer<Value> {
  const listeners = new Set<() => void>()
  let view: AnswerView<Value> = emptyView
  let startingAfter = 0
  let stop = () => {}

  function show(next: AnswerView<Value>): void {
    view = next
    for (const onChange of listeners) onChange()
  }

  async function follow(signal: AbortSignal): Promise<void> {
    try {
      for await (const { seq, event } of client.follow(answerId, { startingAfter, signal })) {
        if (signal.aborted) return
        startingAfter = seq
        // The fields are the pipeline's promise, as everywhere on this side of the wire.
        show(applyEvent(view, event as AnswerEvent<Value>))
      }
    } catch (error) {
      if (signal.aborted) return
      const { code, message } = error instanceof LiveError ? error : unexpected(error)
      show({ ...view, state: 'failed', error: { code, message } })
    }
  }

  return {
    view: () => view,
    subscribe(onChange) {
      // An object of its own per call, so that the same function can listen twice.
      const listener = () => onChange()
      if (listeners.size === 0) {
        const abort = new AbortController()
        stop = () => abort.abort()
        void follow(abort.signal)
      }
      listeners.add(listener)
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) stop()
      }
    },
  }
}

function unexpected(error: unknown): { readonly code: string; readonly message: string } {
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) }
}
