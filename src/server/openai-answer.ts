import type { ToolCall } from '../model/message.ts'
import type { FinishReason, ModelResult } from '../model/model.ts'
import type { Usage } from '../model/usage.ts'
import type { CallEvent } from '../resilience/call-event.ts'

/** What all chunks of one completion share. */
export interface Identity {
  readonly id: string
  readonly created: number
  readonly model: string
}

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  refusal: 'stop',
  'tool-calls': 'tool_calls',
  error: 'stop',
  other: 'stop',
}

/** A whole completion. */
export function completionOf(identity: Identity, result: ModelResult, usage: Usage) {
  const message = {
    role: 'assistant',
    content: result.text,
    refusal: result.refusal ?? null,
    ...(result.toolCalls.length > 0 && { tool_calls: result.toolCalls.map(toolCallOf) }),
  }
  return {
    ...identity,
    object: 'chat.completion',
    choices: [
      { index: 0, message, finish_reason: finishReasons[result.finishReason], logprobs: null },
    ],
    usage: usageOf(usage),
  }
}

/** A chunk for an event of the call; undefined for events that the protocol has no word for. */
export function streamChunk(identity: Identity, event: CallEvent): object | undefined {
  switch (event.type) {
    case 'text-delta':
      return chunk(identity, { content: event.text })
    case 'reasoning-delta':
      return chunk(identity, { reasoning_content: event.text })
    case 'tool-call':
      return chunk(identity, { tool_calls: [{ index: 0, ...toolCallOf(event.toolCall) }] })
    default:
      return undefined
  }
}

/** The last chunk with a choice. */
export function finishChunk(identity: Identity, reason: FinishReason): object {
  return chunk(identity, {}, finishReasons[reason])
}

export function usageChunk(identity: Identity, usage: Usage): object {
  return { ...identity, object: 'chat.completion.chunk', choices: [], usage: usageOf(usage) }
}

function chunk(identity: Identity, delta: object, finishReason: string | null = null): object {
  return {
    ...identity,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
  }
}

function toolCallOf(call: ToolCall) {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } }
}

function usageOf(usage: Usage) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    ...(usage.cachedInputTokens !== undefined && {
      prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
    }),
  }
}
