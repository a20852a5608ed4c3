import { isRecord } from '../../base/json.ts'
import type { FinishReason, ModelEvent, ResponseIdentity } from '../../model/model.ts'
import type { Usage } from '../../model/usage.ts'
import type { AnswerDecoder, AnswerSink } from '../http/answer-decoder.ts'
import { errorEvent, protocolFault } from '../http/failures.ts'
import { TextJoiner } from '../http/text-joiner.ts'

export interface AnthropicDecoderOptions {
  readonly requestId: string | undefined
  /** The tool whose input is the answer. */
  readonly answerTool: string | undefined
  /** White space that was taken off the end of the prompt; the model may write it again. */
  readonly droppedSpace: string
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  // The window was full before the answer was: cut as by `max_tokens`.
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'refusal',
}

/** A block of the answer that has begun: a text, a thought, or a tool call that grows. */
interface OpenBlock {
  readonly type: 'text' | 'thinking' | 'answer' | 'tool' | 'other'
  readonly id: string
  readonly name: string
  input: string
}

/** Reads answers of Anthropic's Messages API, whole or as events (docs.claude.com/en/api/messages-streaming). */
export class MessagesDecoder implements AnswerDecoder {
  started = false
  complete = false

  readonly #sink: AnswerSink
  readonly #options: AnthropicDecoderOptions
  readonly #text: TextJoiner
  readonly #reasoning: TextJoiner
  readonly #blocks = new Map<unknown, OpenBlock>()
  #droppedSpace: string
  #announced = false
  #id: string | undefined
  #model: string | undefined
  #reason: string | undefined
  #input: number | undefined
  #cached = 0
  #output = 0

  constructor(sink: AnswerSink, options: AnthropicDecoderOptions) {
    this.#sink = sink
    this.#options = options
    this.#droppedSpace = options.droppedSpace
    this.#text = new TextJoiner((text) => this.#emit({ type: 'text-delta', text }))
    this.#reasoning = new TextJoiner((text) => this.#emit({ type: 'reasoning-delta', text }))
  }

  get finished(): boolean {
    return this.#reason !== undefined
  }

  event(value: unknown): void {
    if (!isRecord(value)) return
    if (value.type === 'error') throw errorEvent(JSON.stringify(value))
    if (value.type === 'message_start') this.#startMessage(value.message)
    else if (value.type === 'content_block_start')
      this.#startBlock(value.index, value.content_block)
    else if (value.type === 'content_block_delta') this.#growBlock(value.index, value.delta)
    else if (value.type === 'content_block_stop') this.#endBlock(value.index)
    else if (value.type === 'message_delta') this.#readDelta(value)
    else if (value.type === 'message_stop') this.complete = this.finished
  }

  whole(value: unknown, text: string): void {
    if (isRecord(value) && (value.type === 'error' || value.error)) throw errorEvent(text)
    if (!isRecord(value) || !Array.isArray(value.content)) throw protocolFault('no-choices', text)
    this.#startMessage(value)
    for (const [index, block] of value.content.entries()) {
      this.#startBlock(index, block)
      this.#endBlock(index)
    }
    this.#readDelta({ delta: value, usage: value.usage })
  }

  finish(): ModelEvent {
    this.#text.flush()
    this.#reasoning.flush()
    this.#announce()
    const reason = finishReasons[this.#reason ?? ''] ?? 'other'
    return {
      type: 'finish',
      // The forced tool is how the answer came, not a call that the caller has to answer.
      finishReason: this.#options.answerTool && reason === 'tool-calls' ? 'stop' : reason,
      ...(this.#input !== undefined && { usage: this.#usage(this.#input) }),
      response: this.#identity(),
    }
  }

  #startMessage(message: unknown): void {
    if (!isRecord(message)) return
    this.started = true
    if (typeof message.id === 'string') this.#id = message.id
    if (typeof message.model === 'string' && message.model !== '') this.#model = message.model
    this.#readUsage(message.usage)
  }

  #startBlock(index: unknown, block: unknown): void {
    if (!isRecord(block)) return
    const id = typeof block.id === 'string' ? block.id : ''
    const name = typeof block.name === 'string' ? block.name : ''
    const type = this.#typeOf(block, name)
    const opened: OpenBlock = { type, id, name, input: '' }
    this.#blocks.set(index, opened)
    if (typeof block.text === 'string') this.#add(opened, block.text)
    if (typeof block.thinking === 'string') this.#add(opened, block.thinking)
    // A stream opens a tool with an empty input and sends it in pieces; a whole answer has it here.
    if (isRecord(block.input) && Object.keys(block.input).length > 0) {
      this.#add(opened, JSON.stringify(block.input))
    }
  }

  #typeOf(block: Record<string, unknown>, name: string): OpenBlock['type'] {
    if (block.type === 'tool_use') return name === this.#options.answerTool ? 'answer' : 'tool'
    if (block.type === 'thinking') return 'thinking'
    if (block.type !== 'text') return 'other'
    // Words beside a forced answer are not part of it.
    return this.#options.answerTool === undefined ? 'text' : 'thinking'
  }

  #growBlock(index: unknown, delta: unknown): void {
    const block = this.#blocks.get(index)
    if (!block || !isRecord(delta)) return
    const piece = delta.text ?? delta.thinking ?? delta.partial_json
    if (typeof piece === 'string') this.#add(block, piece)
  }

  #add(block: OpenBlock, piece: string): void {
    this.#sink.grow(piece)
    if (block.type === 'thinking') this.#reasoning.add(piece)
    else if (block.type === 'tool') block.input += piece
    else if (block.type === 'answer') this.#text.add(piece)
    else if (block.type === 'text') this.#text.add(this.#withoutDroppedSpace(piece))
  }

  #withoutDroppedSpace(piece: string): string {
    let same = 0
    while (same < this.#droppedSpace.length && piece[same] === this.#droppedSpace[same]) same++
    this.#droppedSpace = same === piece.length ? this.#droppedSpace.slice(same) : ''
    return piece.slice(same)
  }

  #endBlock(index: unknown): void {
    const block = this.#blocks.get(index)
    this.#blocks.delete(index)
    if (block?.type !== 'tool') return
    const { id, name, input } = block
    this.#emit({ type: 'tool-call', toolCall: { id, name, arguments: input || '{}' } })
  }

  #readDelta(value: Record<string, unknown>): void {
    this.#readUsage(value.usage)
    const reason = isRecord(value.delta) ? value.delta.stop_reason : undefined
    if (typeof reason === 'string') this.#reason = reason
  }

  #readUsage(usage: unknown): void {
    if (!isRecord(usage)) return
    const { input_tokens: fresh, output_tokens: output } = usage
    if (typeof fresh === 'number') {
      // `input_tokens` leaves out what was read from and written to the prompt cache.
      this.#cached = numberOf(usage.cache_read_input_tokens)
      this.#input = fresh + this.#cached + numberOf(usage.cache_creation_input_tokens)
    }
    if (typeof output === 'number') this.#output = output
  }

  #usage(inputTokens: number): Usage {
    return {
      inputTokens,
      outputTokens: this.#output,
      ...(this.#cached > 0 && { cachedInputTokens: this.#cached }),
    }
  }

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
    const requestId = this.#options.requestId ?? this.#id
    return {
      ...(requestId !== undefined && { requestId }),
      ...(this.#model !== undefined && { servedModel: this.#model }),
    }
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
