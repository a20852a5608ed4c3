import type { HoldfastParts } from '../../app/holdfast.ts'
import type { Clock } from '../../base/clock.ts'
import { createId } from '../../base/ids.ts'
import type { TraceParent } from '../../base/telemetry-port.ts'
import type { ChatMessage } from '../../model/chat.ts'
import type { PipelineHandle } from '../../pipeline/handle.ts'
import { findPipeline } from '../find-pipeline.ts'
import { type FoundResponse, findResponse } from './find-response.ts'
import { type ResponseFacts, responseIdOf, toOriginFacts } from './response-facts.ts'
import { readHistory, threadOf } from './response-history.ts'
import { checkFormat, type ResponseRequest } from './response-request.ts'

/** Who asks, and under which trace. */
export interface ResponseCaller {
  readonly userId: string | undefined
  readonly traceParent: TraceParent | undefined
  readonly idempotencyKey?: string
}

/** A request whose pipeline, history and input have been found. */
export interface PreparedResponse {
  readonly pipeline: PipelineHandle
  readonly input: unknown
  readonly facts: ResponseFacts
}

interface Around {
  readonly app: HoldfastParts
  readonly clock: Clock
}

/** @throws UNKNOWN_PIPELINE, or INVALID_INPUT where the pipeline cannot be asked with that. */
export async function prepareResponse(
  { app, clock }: Around,
  request: ResponseRequest,
  { userId }: ResponseCaller,
): Promise<PreparedResponse> {
  const pipeline = findPipeline(app, request.model)
  checkFormat(request.format, pipeline.name, pipeline.outputSchema)
  const history = await readHistory(app, request, userId)
  const conversationId = history.conversationId ?? createId('conv', clock.now())
  const { items, background, metadata, instructions, previousResponseId, conversation } = request
  const lead: ChatMessage[] =
    instructions === undefined ? [] : [{ role: 'system', content: instructions }]
  const input = await pipeline.readChat({
    messages: [...lead, ...history.messages, ...items],
    text: items.at(-1)?.content ?? '',
    conversationId,
    metadata,
    ...(userId !== undefined && { userId }),
  })
  const facts: ResponseFacts = {
    background,
    isStructured: pipeline.outputSchema !== undefined,
    items,
    metadata,
    conversationId,
    isNamedConversation: conversation !== undefined,
    ...(instructions !== undefined && { instructions }),
    ...(previousResponseId !== undefined && { previousResponseId }),
    ...(userId !== undefined && { userId }),
  }
  return { pipeline, input, facts }
}

/** Accepts a response, durably; a worker makes it, whichever process that is. */
export async function acceptResponse(
  { app }: Around,
  { pipeline, input, facts }: PreparedResponse,
  { userId, traceParent, idempotencyKey }: ResponseCaller,
): Promise<FoundResponse> {
  const { answerId } = await pipeline.enqueue(input, {
    ...(traceParent && { traceParent }),
    // A user with many does not keep the others waiting.
    ...(userId !== undefined && { tenant: userId }),
    // Two users may choose the same key; each gets an answer of their own.
    ...(idempotencyKey !== undefined && {
      idempotencyKey: JSON.stringify(['openai-responses', userId ?? null, idempotencyKey]),
    }),
    origin: { facts: toOriginFacts(facts), thread: threadOf(facts.conversationId, userId) },
  })
  return findResponse(app, responseIdOf(answerId), userId)
}
