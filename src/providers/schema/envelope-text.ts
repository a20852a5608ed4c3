import type { ModelEvent } from '../../model/model.ts'
import type { CreateDecoder } from '../http/answer-decoder.ts'

/**
 * Takes the envelope off an answer again that was asked for as `{"value": …}` because the provider
 * wants an object at the top. The text is passed on as it comes, but for the envelope's own
 * characters: the opening up to the value, and the closing brace, which is told from the value's own
 * by counting brackets outside of strings. Text that does not begin as the envelope is left as it is.
 */
export class EnvelopeText {
  readonly #opening: RegExp
  readonly #longest: number
  #state: 'opening' | 'inside' | 'behind' | 'none' = 'opening'
  #held = ''
  #depth = 0
  #isString = false
  #isEscaped = false

  constructor(key: string) {
    this.#opening = new RegExp(`^\\s*\\{\\s*"${key}"\\s*:\\s*`)
    this.#longest = key.length + spaceInOpening
  }

  /** Takes a piece of the answer and gives what of it, and of what was held back, is the value's. */
  push(piece: string): string {
    if (this.#state === 'none') return piece
    if (this.#state !== 'opening') return this.#inside(piece)
    this.#held += piece
    const found = this.#opening.exec(this.#held)
    if (found) {
      const rest = this.#held.slice(found[0].length)
      // White space in front of the value may go on in the next piece.
      if (rest === '') return ''
      this.#held = ''
      this.#state = 'inside'
      return this.#inside(rest)
    }
    return this.#held.length > this.#longest || !/^\s*(\{[\s\w":]*)?$/.test(this.#held)
      ? this.end()
      : ''
  }

  /** What was held back and turned out not to be the envelope. */
  end(): string {
    const held = this.#state === 'opening' ? this.#held : ''
    this.#held = ''
    this.#state = 'none'
    return held
  }

  #inside(piece: string): string {
    for (let at = 0; at < piece.length && this.#state === 'inside'; at++) {
      const mark = piece.charAt(at)
      if (this.#isString) this.#readString(mark)
      else if (mark === '"') this.#isString = true
      else if (mark === '{' || mark === '[') this.#depth++
      else if (mark === '}' || mark === ']') {
        this.#depth--
        if (this.#depth < 0) {
          this.#state = 'behind'
          return piece.slice(0, at) + piece.slice(at + 1)
        }
      }
    }
    return piece
  }

  #readString(mark: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (mark === '\\') this.#isEscaped = true
    else if (mark === '"') this.#isString = false
  }
}

/** White space that a model may put into the opening before it is taken for something else. */
const spaceInOpening = 64

/** A decoder whose answer has no envelope any more; the decoder itself without `key`. */
export function withoutEnvelope(create: CreateDecoder, key: string | undefined): CreateDecoder {
  if (key === undefined) return create
  return (sink) => {
    const text = new EnvelopeText(key)
    const emitText = (piece: string) => {
      if (piece !== '') sink.emit({ type: 'text-delta', text: piece })
    }
    const decoder = create({
      grow: (piece) => sink.grow(piece),
      emit(event: ModelEvent) {
        if (event.type === 'text-delta') emitText(text.push(event.text))
        else sink.emit(event)
      },
    })
    return {
      get started() {
        return decoder.started
      },
      get finished() {
        return decoder.finished
      },
      get complete() {
        return decoder.complete
      },
      event: (value, name) => decoder.event(value, name),
      whole: (value, whole) => decoder.whole(value, whole),
      finish() {
        const last = decoder.finish()
        emitText(text.end())
        return last
      },
    }
  }
}
