import { isRecord } from '../../base/json.ts'
import type { ModelEvent, ResponseIdentity } from '../../model/model.ts'
import { WireFault } from '../http/failures.ts'
import { readFinishReason, readIdentity, readToolCall, readUsage } from './decode-part.ts'

/** Turns the parts of an AI SDK stream into events of ours. */
export class StreamPartReader {
  finished = false
  #response: ResponseIdentity = {}
  #announced = false

  /** The events that a part stands for. Throws the error that an `error` part carries. */
  read(part: unknown): ModelEvent[] {
    if (!isRecord(part)) return []
    switch (part.type) {
      case 'response-metadata':
        this.#response = { ...this.#response, ...readIdentity(part) }
        return this.#announced ? [] : this.#announce()
      case 'text-delta':
      case 'reasoning-delta':
        if (typeof part.delta !== 'string' || part.delta === '') return []
        return [...this.#announce(), { type: part.type, text: part.delta }]
      case 'tool-call': {
        const toolCall = readToolCall(part)
        return toolCall ? [...this.#announce(), { type: 'tool-call', toolCall }] : []
      }
      case 'error':
        throw part.error
      case 'finish':
        return [...this.#announce(), this.#finish(part)]
      default:
        return []
    }
  }

  #announce(): ModelEvent[] {
    if (this.#announced) return []
    this.#announced = true
    return [{ type: 'response-started', response: this.#response }]
  }

  #finish(part: Record<string, unknown>): ModelEvent {
    const finishReason = readFinishReason(part.finishReason)
    if (finishReason === 'interrupted') throw new WireFault({ kind: 'cut' })
    this.finished = true
    const usage = readUsage(part.usage)
    return {
      type: 'finish',
      finishReason,
      ...(usage && { usage }),
      response: this.#response,
    }
  }
}
