import type { ModelEvent } from '../../model/model.ts'
import { encodeEnd, encodeIdentity, encodeToolCall, type StreamPart } from './encode-result.ts'

/**
 * Turns events into the parts of an AI SDK stream: texts and thoughts become blocks with a beginning
 * and an end, of which one is open at a time.
 */
export class PartWriter {
  #open: 'text' | 'reasoning' | undefined
  #blocks = 0

  write(event: ModelEvent): StreamPart[] {
    switch (event.type) {
      case 'response-started':
        return [{ type: 'response-metadata', ...encodeIdentity(event.response) }]
      case 'text-delta':
        return this.#grow('text', event.text)
      case 'reasoning-delta':
        return this.#grow('reasoning', event.text)
      case 'tool-call': {
        const { id, name: toolName, arguments: delta } = event.toolCall
        return [
          ...this.close(),
          { type: 'tool-input-start', id, toolName },
          { type: 'tool-input-delta', id, delta },
          { type: 'tool-input-end', id },
          encodeToolCall(event.toolCall),
        ]
      }
      case 'finish':
        return [...this.close(), { type: 'finish', ...encodeEnd(event) }]
    }
  }

  /** Ends the block that is open. */
  close(): StreamPart[] {
    const kind = this.#open
    this.#open = undefined
    return kind === undefined ? [] : [{ type: `${kind}-end`, id: this.#id }]
  }

  #grow(kind: 'text' | 'reasoning', delta: string): StreamPart[] {
    if (this.#open === kind) return [{ type: `${kind}-delta`, id: this.#id, delta }]
    const closed = this.close()
    this.#open = kind
    this.#blocks++
    const id = this.#id
    return [...closed, { type: `${kind}-start`, id }, { type: `${kind}-delta`, id, delta }]
  }

  get #id(): string {
    return String(this.#blocks)
  }
}
