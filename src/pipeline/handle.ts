import { linkAbort } from '../base/abort.ts'
import { createId } from '../base/ids.ts'
import type { TraceParent } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import { createChannel } from './channel.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { RunOptions } from './run.ts'
import { runPipeline } from './run-pipeline.ts'

/** A pipeline as an application calls it. */
export interface PipelineHandle<Input = unknown, Output = unknown> {
  readonly name: string
  /** Waits for the answer. */
  run(input: Input, options?: RunOptions): Promise<Answer<Output>>
  /**
   * The answer as it is made. The last event is `answer-finished`; where there is neither answer nor
   * canned answer, the loop throws. Leaving the loop early aborts the call.
   */
  stream(input: Input, options?: RunOptions): AsyncIterable<AnswerEvent<Output>>
  /** Accepts the input, durably, and returns at once; a worker makes the answer. */
  enqueue(input: Input, options?: EnqueueOptions): Promise<EnqueuedAnswer>
}

export interface EnqueueOptions {
  /** The same key with the same input gives the same answer, made once. */
  readonly idempotencyKey?: string
  /** 1 is the most urgent; default 0, before all with a priority. */
  readonly priority?: number
  /** The trace that the answer's trace continues. */
  readonly traceParent?: TraceParent
}

export interface EnqueuedAnswer {
  readonly answerId: string
  /** False where the idempotency key was known, and the answer of the first time is meant. */
  readonly created: boolean
}

/** How a pipeline hands work to the queue; wired in `createHoldfast`. */
export type Enqueue = (
  pipeline: PreparedPipeline,
  input: unknown,
  options: EnqueueOptions,
) => Promise<EnqueuedAnswer>

export function createHandle(pipeline: PreparedPipeline, enqueue: Enqueue): PipelineHandle {
  const { clock } = pipeline.services
  const start = (options: RunOptions) => ({
    ...options,
    answerId: createId('ans', clock.now()),
    runNumber: 1,
  })
  return {
    name: pipeline.name,
    run: (input, options = {}) =>
      runPipeline(pipeline, input, { ...start(options), emit: () => undefined }),
    stream: (input, options = {}) => streamAnswer(pipeline, input, start(options)),
    enqueue: (input, options = {}) => enqueue(pipeline, input, options),
  }
}

/** Nothing runs before the reader asks for the first event. */
async function* streamAnswer(
  pipeline: PreparedPipeline,
  input: unknown,
  start: RunOptions & { answerId: string; runNumber: number },
): AsyncGenerator<AnswerEvent> {
  const left = linkAbort(start.abortSignal)
  const channel = createChannel<AnswerEvent>(() =>
    left.abort(new DOMException('The reader left the stream.', 'AbortError')),
  )
  const emit = (event: AnswerEvent) => channel.push(event)
  runPipeline(pipeline, input, { ...start, abortSignal: left.signal, emit }).then(
    () => channel.close(),
    (error: unknown) => channel.close(error),
  )
  try {
    yield* channel
  } finally {
    left.release()
  }
}
