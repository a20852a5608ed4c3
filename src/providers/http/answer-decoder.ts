import type { ModelEvent } from '../../model/model.ts'

export type CreateDecoder = (sink: AnswerSink) => AnswerDecoder

/** Where a decoder puts what it reads. */
export interface AnswerSink {
  emit(event: ModelEvent): void
  /** Counts a piece of the answer against the limit. Throws when it is reached. */
  grow(text: string): unknown
}

/** Turns the JSON values of one provider's protocol into events. Throws `WireFault`. */
export interface AnswerDecoder {
  /** A choice or a message has been seen. */
  readonly started: boolean
  /** The provider's reason to stop has been seen. */
  readonly finished: boolean
  /** The provider's end mark has been seen. */
  readonly complete: boolean
  /** One value of a stream, with the name of its event. */
  event(value: unknown, name: string): void
  /** The answer as one value. `text` is what it was parsed from. */
  whole(value: unknown, text: string): void
  finish(): ModelEvent
}
