import { linkAbort } from '../base/abort.ts'
import { invalidConfig } from '../base/errors.ts'
import { createId } from '../base/ids.ts'
import type { TraceParent } from '../base/telemetry-port.ts'
import type { Answer } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { Chat } from '../model/chat.ts'
import type { JsonSchema } from '../model/message.ts'
import type { AnswerOrigin } from '../store/answer-store.ts'
import { createChannel } from './channel.ts'
import type { PrecomputeOutcome } from './precomputed.ts'
import type { PreparedPipeline } from './prepare.ts'
import { readChat } from './read-chat.ts'
import type { RunOptions } from './run.ts'
import { runPipeline } from './run-pipeline.ts'

/** A pipeline as an application calls it. */
export interface PipelineHandle<Input = unknown, Output = unknown> {
  readonly name: string
  /** The schema of its answers; undefined for texts. */
  readonly outputSchema: JsonSchema | undefined
  /** Waits for the answer. */
  run(input: Input, options?: RunOptions): Promise<Answer<Output>>
  /**
   * The answer as it is made. The last event is `answer-finished`; where there is neither answer nor
   * canned answer, the loop throws. Leaving the loop early aborts the call.
   */
  stream(input: Input, options?: RunOptions): AsyncIterable<AnswerEvent<Output>>
  /** Accepts the input, durably, and returns at once; a worker makes the answer. */
  enqueue(input: Input, options?: EnqueueOptions): Promise<EnqueuedAnswer>
  /**
   * Makes the answers to these inputs before anybody asks, when no one else waits. Whoever asks
   * for one then has it at once, or joins it while it is being made. It needs the pipeline's `precompute`.
   *
   * @throws INVALID_INPUT where an input does not fit; INVALID_CONFIG without `precompute`.
   */
  precompute(
    inputs: Input | readonly Input[],
    options?: PrecomputeOptions,
  ): Promise<readonly PrecomputeOutcome[]>
  /**
   * The input that a chat stands for, by the pipeline's `fromChat`.
   *
   * @throws INVALID_INPUT where the pipeline cannot be asked with that chat.
   */
  readChat(chat: Chat): Promise<Input>
}

export interface PrecomputeOptions {
  /** Under which the ledger counts it, such as `hover`. Default `requested`. */
  readonly rule?: string
}

export interface EnqueueOptions {
  /** The same key with the same input gives the same answer, made once. */
  readonly idempotencyKey?: string
  /** From 0, the most urgent and the default, to 15; what is above counts as 15. */
  readonly priority?: number
  /**
   * Whose answer it is. Waiting answers of one priority are begun in turn, tenant by tenant, so that one
   * with many does not keep others waiting. Default: nobody's, which counts as one tenant.
   */
  readonly tenant?: string
  /** The trace that the answer's trace continues. */
  readonly traceParent?: TraceParent
  /** For a protocol on top: what it wants to find with the answer again. */
  readonly origin?: AnswerOrigin
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

/** It is a label of metrics, so it is a short word. */
const rulePattern = /^[a-z][a-z-]{0,31}$/

export function createHandle(pipeline: PreparedPipeline, enqueue: Enqueue): PipelineHandle {
  const { clock } = pipeline.services
  const { format } = pipeline.reader
  const start = (options: RunOptions) => ({
    ...options,
    answerId: createId('ans', clock.now()),
    runNumber: 1,
  })
  return {
    name: pipeline.name,
    outputSchema: format.type === 'json' ? format.schema : undefined,
    readChat: (chat) => readChat(pipeline.definition, chat),
    run: (input, options = {}) =>
      runPipeline(pipeline, input, { ...start(options), emit: () => undefined }),
    stream: (input, options = {}) => streamAnswer(pipeline, input, start(options)),
    enqueue: (input, options = {}) => enqueue(pipeline, input, options),
    async precompute(inputs, { rule = 'requested' } = {}) {
      const { precomputed, name } = pipeline
      if (!precomputed) {
        throw invalidConfig(
          `${name}.precompute`,
          undefined,
          'a policy, such as { freshMs: 60_000 }, so that it is known how long such an answer is good',
        )
      }
      if (!rulePattern.test(rule))
        throw invalidConfig('rule', rule, 'lower-case letters and dashes')
      return precomputed.start(Array.isArray(inputs) ? inputs : [inputs], rule)
    },
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
