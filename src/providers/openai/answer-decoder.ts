import { isRecord } from '../../base/json.ts'
import type { FinishReason, ModelEvent, ResponseIdentity } from '../../model/model.ts'
import type { Usage } from '../../model/usage.ts'
import type { AnswerDecoder, AnswerSink } from '../http/answer-decoder.ts'
import { errorEvent, protocolFault } from '../http/failures.ts'
import { TextJoiner } from '../http/text-joiner.ts'
import { toFinishReason } from './finish-reason.ts'
import { ToolCallAssembler } from './tool-call-assembler.ts'

/**
 * Reads chat completions, whole or in chunks, of OpenAI and of the servers that speak its protocol.
 * Only the first choice counts. Tool calls are given when the model has said why it stopped: before
 * that nothing proves that their arguments are whole.
 */
export class ChatCompletionDecoder implements AnswerDecoder {
  started = false
  readonly complete = false

  readonly #sink: AnswerSink
  readonly #requestId: string | undefined
  readonly #tools = new ToolCallAssembler()
  readonly #text: TextJoiner
  readonly #reasoning: TextJoiner
  #announced = false
  #id: string | undefined
  #model: string | undefined
  #fingerprint: string | undefined
  #refusal = ''
  #reason: unknown
  #usage: Usage | undefined

  constructor(sink: AnswerSink, requestId: string | undefined) {
    this.#sink = sink
    this.#requestId = requestId
    this.#text = new TextJoiner((text) => this.#emit({ type: 'text-delta', text }))
    this.#reasoning = new TextJoiner((text) => this.#emit({ type: 'reasoning-delta', text }))
  }

  get finished(): boolean {
    return this.#reason !== undefined
  }

  event(value: unknown): void {
    this.#read(value, JSON.stringify)
  }

  whole(value: unknown, text: string): void {
    this.#read(value, () => text)
    if (!this.started) throw protocolFault('no-choices', text)
  }

  finish(): ModelEvent {
    this.#text.flush()
    this.#reasoning.flush()
    const toolCalls = this.#tools.take()
    for (const toolCall of toolCalls) this.#emit({ type: 'tool-call', toolCall })
    const finishReason = this.#finishReason(toolCalls.length > 0)
    this.#announce()
    return {
      type: 'finish',
      finishReason,
      ...(finishReason === 'refusal' && this.#refusal !== '' && { refusal: this.#refusal }),
      ...(this.#usage && { usage: this.#usage }),
      response: this.#identity(),
    }
  }

  #finishReason(hasToolCalls: boolean): FinishReason {
    const reason = toFinishReason(this.#reason)
    if (reason === 'stop' && this.#refusal !== '') return 'refusal'
    // Several servers say `stop` after tool calls.
    return hasToolCalls && (reason === 'stop' || this.#reason === undefined) ? 'tool-calls' : reason
  }

  #read(given: unknown, print: (value: unknown) => string): void {
    // Gemini's compatible endpoint wraps its errors into an array.
    const value: unknown = Array.isArray(given) ? given[0] : given
    if (!isRecord(value)) return
    if (isError(value)) throw errorEvent(print(value))
    this.#id ??= nonEmpty(value.id)
    this.#model ??= nonEmpty(value.model)
    this.#fingerprint ??= nonEmpty(value.system_fingerprint)
    const groq = isRecord(value.x_groq) ? value.x_groq.usage : undefined
    this.#usage = readUsage(value.usage ?? groq) ?? this.#usage
    const choice: unknown = Array.isArray(value.choices) ? value.choices[0] : undefined
    if (!isRecord(choice) || (choice.index ?? 0) !== 0) return
    this.started = true
    if (choice.finish_reason === 'error' || isRecord(choice.error)) throw errorEvent(print(value))
    const message = choice.delta ?? choice.message
    if (isRecord(message)) this.#readMessage(message)
    this.#reason = choice.finish_reason ?? this.#reason
  }

  #readMessage(message: Record<string, unknown>): void {
    this.#reasoning.add(this.#counted(message.reasoning_content ?? message.reasoning))
    this.#text.add(this.#counted(message.content))
    this.#refusal += this.#counted(message.refusal)
    if (Array.isArray(message.tool_calls)) {
      for (const part of message.tool_calls) this.#sink.grow(this.#tools.add(part))
    }
  }

  #counted(content: unknown): string {
    const text = toText(content)
    if (text !== '') this.#sink.grow(text)
    return text
  }

  /** Says who answers before the first content, so that a wrong model can be told before it is read. */
  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    this.#sink.emit({ type: 'response-started', response: this.#identity() })
  }

  #emit(event: ModelEvent): void {
    this.#announce()
    this.#sink.emit(event)
  }

  #identity(): ResponseIdentity {
    const requestId = this.#requestId ?? this.#id
    return {
      ...(requestId !== undefined && { requestId }),
      ...(this.#model !== undefined && { servedModel: this.#model }),
      ...(this.#fingerprint !== undefined && { fingerprint: this.#fingerprint }),
    }
  }
}

function isError(value: Record<string, unknown>): boolean {
  return Boolean(value.error) || value.object === 'error' || value.type === 'error'
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Content is a string, or parts of which some are texts. */
function toText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part) => (isRecord(part) && part.type === 'text' ? toText(part.text) : ''))
    .join('')
}

function readUsage(usage: unknown): Usage | undefined {
  if (!isRecord(usage) || typeof usage.prompt_tokens !== 'number') return undefined
  const cached = numberIn(usage.prompt_tokens_details, 'cached_tokens')
  const reasoning = numberIn(usage.completion_tokens_details, 'reasoning_tokens')
  return {
    inputTokens: usage.prompt_tokens,
    outputTokens: typeof usage.completion_tokens === 'number' ? usage.completion_tokens : 0,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  }
}

function numberIn(details: unknown, key: string): number | undefined {
  const value = isRecord(details) ? details[key] : undefined
  return typeof value === 'number' ? value : undefined
}
