import type { Answer } from '../../model/answer.ts'
import type { Usage } from '../../model/usage.ts'
import { type ResponseFacts, responseIdOf } from './response-facts.ts'

/** What is known of a response from its first moment on. */
export interface ResponseIdentity {
  readonly answerId: string
  /** The name of the pipeline. */
  readonly model: string
  readonly createdAtMs: number
  readonly facts: ResponseFacts
}

/** How the answer behind a response ended. */
export type ResponseEnd =
  | { readonly state: 'completed'; readonly answer: Answer; readonly finishedAtMs: number }
  | {
      readonly state: 'failed'
      readonly error: { readonly code: string; readonly message: string }
      readonly finishedAtMs: number
    }
  | { readonly state: 'cancelled'; readonly finishedAtMs: number }

/** A message of the output, as in `Response.output`. */
export interface OutputMessage {
  readonly type: 'message'
  readonly id: string
  readonly status: 'in_progress' | 'completed' | 'incomplete'
  readonly role: 'assistant'
  readonly content: readonly object[]
  readonly phase?: 'commentary'
}

/** A response that has not ended. */
export function openResponse(identity: ResponseIdentity, status: 'queued' | 'in_progress'): object {
  return { ...baseOf(identity), status }
}

/** A response that has ended. `output` is what it says, or what it had said when it was cancelled. */
export function endedResponse(
  identity: ResponseIdentity,
  end: ResponseEnd,
  output: readonly OutputMessage[],
): object {
  const base = baseOf(identity)
  switch (end.state) {
    case 'completed':
      return {
        ...base,
        status: 'completed',
        completed_at: Math.floor(end.finishedAtMs / 1_000),
        output,
        usage: responseUsage(end.answer.usage),
        metadata: { ...identity.facts.metadata, ...provenanceMetadata(end.answer) },
        holdfast: provenanceOf(end.answer),
      }
    case 'failed':
      return { ...base, status: 'failed', error: responseError(end.error) }
    case 'cancelled':
      return { ...base, status: 'cancelled', output }
  }
}

function baseOf({ answerId, model, createdAtMs, facts }: ResponseIdentity) {
  return {
    id: responseIdOf(answerId),
    object: 'response',
    created_at: Math.floor(createdAtMs / 1_000),
    background: facts.background,
    completed_at: null,
    conversation: facts.isNamedConversation ? { id: facts.conversationId } : null,
    error: null,
    incomplete_details: null,
    instructions: facts.instructions ?? null,
    max_output_tokens: null,
    metadata: facts.metadata,
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: facts.previousResponseId ?? null,
    reasoning: null,
    temperature: null,
    text: { format: { type: facts.isStructured ? 'json_object' : 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: null,
  }
}

/** Keys that the server adds to the metadata of a response; a client may not use them. */
export const reservedMetadata = 'holdfast_'

/** Where the answer came from, for typed clients that read nothing beside the protocol's own fields. */
function provenanceMetadata(answer: Answer): Record<string, string> {
  return {
    holdfast_source: answer.source,
    holdfast_degraded: String(answer.degraded),
    ...(answer.degraded && { holdfast_reason: answer.reason.code }),
    ...(answer.model?.rehearsal && { holdfast_rehearsal: 'true' }),
  }
}

/** The same for those who read our own field, with all there is to know. */
function provenanceOf(answer: Answer): object {
  return {
    source: answer.source,
    degraded: answer.degraded,
    reason: answer.reason ?? null,
    model: answer.model ?? null,
    attempts: answer.attempts.length,
    cost_usd: answer.costUsd ?? null,
    usage_estimated: answer.usage.estimated ?? false,
    warnings: answer.warnings,
    trace_id: answer.traceId,
  }
}

function responseUsage(usage: Usage): object {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedInputTokens ?? 0, cache_write_tokens: 0 },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  }
}

/** The protocol has a closed list of codes; ours stands beside it as the type. */
function responseError({ code, message }: { readonly code: string; readonly message: string }) {
  return { code: openaiCodes[code] ?? 'server_error', message, param: null, type: code }
}

const openaiCodes: Readonly<Record<string, string>> = {
  OVERLOADED: 'rate_limit_exceeded',
  INVALID_INPUT: 'invalid_prompt',
  CONTEXT_OVERFLOW: 'invalid_prompt',
}

/** The text of an answer as the protocol carries it: itself, or its JSON. */
export function answerText(answer: Answer): string {
  return typeof answer.value === 'string' ? answer.value : JSON.stringify(answer.value)
}
