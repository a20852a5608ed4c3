import type { ToolCall } from '../../model/message.ts'
import type { Step } from './step.ts'
import { countTokens, tokensOf } from './tokens.ts'

/** How an answer is sent: as one JSON body or as a stream of events. */
export type Mode = 'json' | 'sse'

/** A whole answer, before it is put into the protocol. */
export interface Completion {
  readonly id: string
  readonly model: string
  readonly createdAtSeconds: number
  readonly text: string
  readonly refusal?: string
  readonly reasoning?: string
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: 'stop' | 'length' | 'content_filter' | 'tool_calls'
  readonly inputTokens: number
}

/** How fast an answer comes. */
export interface Pace {
  readonly firstTokenMs: number
  readonly msPerToken: number
}

/** What a request asked of the form of its answer. */
export interface Delivery {
  readonly mode: Mode
  readonly pace: Pace
  /** Whether a stream ends with the count of its tokens. */
  readonly includeUsage: boolean
}

const fingerprint = 'fp_rehearsal'

export const jsonHeaders = { 'content-type': 'application/json' }
export const sseHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
}

/** The steps of an answer without a fault. */
export function answerSteps(completion: Completion, delivery: Delivery): Step[] {
  return delivery.mode === 'json'
    ? jsonSteps(completion, delivery.pace)
    : streamSteps(completion, delivery)
}

export function outputTokensOf({ text, refusal = '', toolCalls }: Completion): number {
  const called = toolCalls.map((call) => call.name + call.arguments).join('')
  return countTokens(text + refusal) + countTokens(called)
}

/** The body of a whole answer. */
export function completionBody(completion: Completion): Record<string, unknown> {
  const { text, refusal, reasoning, toolCalls, finishReason } = completion
  const isEmpty = text === '' && (toolCalls.length > 0 || refusal !== undefined)
  return {
    ...identity(completion, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: isEmpty ? null : text,
          refusal: refusal ?? null,
          ...(reasoning !== undefined && { reasoning_content: reasoning }),
          ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(wireToolCall) }),
        },
        finish_reason: finishReason,
      },
    ],
    usage: usageOf(completion),
  }
}

function jsonSteps(completion: Completion, { firstTokenMs, msPerToken }: Pace): Step[] {
  const tokens = outputTokensOf(completion)
  const body = JSON.stringify(completionBody(completion))
  const headers = { ...jsonHeaders, 'content-length': String(Buffer.byteLength(body)) }
  return [
    { do: 'wait', ms: firstTokenMs + tokens * msPerToken },
    { do: 'head', status: 200, headers },
    { do: 'write', bytes: body, tokens },
    { do: 'end' },
  ]
}

function streamSteps(completion: Completion, { pace, includeUsage }: Delivery): Step[] {
  const steps: Step[] = [
    { do: 'head', status: 200, headers: sseHeaders },
    { do: 'wait', ms: pace.firstTokenMs },
    { do: 'write', bytes: chunk(completion, { role: 'assistant', content: '' }) },
  ]
  const say = (delta: object, tokens: number): void => {
    const bytes = chunk(completion, delta)
    steps.push({ do: 'write', bytes, tokens }, { do: 'wait', ms: pace.msPerToken * tokens })
  }
  if (completion.reasoning) say({ reasoning_content: completion.reasoning }, 0)
  for (const token of tokensOf(completion.text)) say({ content: token }, 1)
  if (completion.refusal) say({ refusal: completion.refusal }, countTokens(completion.refusal))
  for (const [index, call] of completion.toolCalls.entries()) {
    const { id, function: called, type } = wireToolCall(call)
    const begun = { index, id, type, function: { ...called, arguments: '' } }
    say({ tool_calls: [begun] }, countTokens(call.name))
    for (const token of tokensOf(call.arguments)) {
      say({ tool_calls: [{ index, function: { arguments: token } }] }, 1)
    }
  }
  steps.push({ do: 'write', bytes: chunk(completion, {}, completion.finishReason) })
  if (includeUsage) steps.push({ do: 'write', bytes: usageChunk(completion) })
  return [...steps, { do: 'write', bytes: doneLine }, { do: 'end' }]
}

export const doneLine = 'data: [DONE]\n\n'

/** One event of a stream. */
export function chunk(
  completion: Completion,
  delta: object,
  finishReason: string | null = null,
): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }]
  return sseEvent({ ...identity(completion, 'chat.completion.chunk'), choices })
}

export function sseEvent(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

function usageChunk(completion: Completion): string {
  const body = { ...identity(completion, 'chat.completion.chunk'), choices: [] }
  return sseEvent({ ...body, usage: usageOf(completion) })
}

function identity(
  { id, model, createdAtSeconds }: Completion,
  object: string,
): Record<string, unknown> {
  return { id, object, created: createdAtSeconds, model, system_fingerprint: fingerprint }
}

function usageOf(completion: Completion): Record<string, number> {
  const { inputTokens } = completion
  const outputTokens = outputTokensOf(completion)
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}

function wireToolCall({ id, name, arguments: text }: ToolCall) {
  return { id, type: 'function', function: { name, arguments: text } }
}
