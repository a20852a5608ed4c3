import { isRecord } from '../../base/json.ts'
import type { ToolCall } from '../../model/message.ts'

interface OpenCall {
  readonly index: number
  id: string
  name: string
  arguments: string
}

/**
 * Puts tool calls together from their pieces. By the protocol a piece belongs to the call of its
 * index; servers that leave the index out, or count every call as 0, are told apart by a new id.
 */
export class ToolCallAssembler {
  #calls: OpenCall[] = []

  /** Takes a piece in; gives the text that it added, which counts as answer. */
  add(piece: unknown): string {
    if (!isRecord(piece)) return ''
    const called = isRecord(piece.function) ? piece.function : {}
    const id = typeof piece.id === 'string' ? piece.id : ''
    const name = typeof called.name === 'string' ? called.name : ''
    const text = argumentsOf(called.arguments)
    const call = this.#find(piece.index, id) ?? this.#open(piece.index, id)
    if (call.id === '') call.id = id
    if (call.name === '') call.name = name
    call.arguments += text
    return name + text
  }

  /** The calls in the order in which they were begun. An id is made where the server gave none. */
  take(): ToolCall[] {
    const calls = this.#calls
    this.#calls = []
    return calls.map(({ id, name, arguments: text }, position) => ({
      id: id === '' ? `call_${position}` : id,
      name,
      arguments: text === '' ? '{}' : text,
    }))
  }

  #find(index: unknown, id: string): OpenCall | undefined {
    const call =
      typeof index === 'number'
        ? this.#calls.findLast((each) => each.index === index)
        : this.#calls.at(-1)
    const isAnother = call && id !== '' && call.id !== '' && call.id !== id
    return isAnother ? undefined : call
  }

  #open(index: unknown, id: string): OpenCall {
    const position = typeof index === 'number' ? index : this.#calls.length
    const call = { index: position, id, name: '', arguments: '' }
    this.#calls.push(call)
    return call
  }
}

/** The arguments are JSON text; Ollama's older versions send the object itself. */
function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}
