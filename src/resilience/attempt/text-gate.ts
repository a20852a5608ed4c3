import type { Seam } from './seam.ts'

/**
 * What of a model's text may be released, and when.
 *
 * Held back are a beginning of white space alone, since an answer that ends there is empty and has to
 * fail over unseen, and the first half of a surrogate pair, since released text must end where a code
 * point ends. A continuation passes its seam first.
 */
export class TextGate {
  readonly #prefix: string
  readonly #seam: Seam | undefined
  readonly #parts: string[] = []
  #held = ''
  #started: boolean

  constructor(prefix = '', seam?: Seam) {
    this.#prefix = prefix
    this.#seam = seam
    this.#started = prefix !== ''
  }

  /** Takes text from the model; gives what may be released, or undefined where the seam does not fit. */
  push(text: string): string | undefined {
    if (!this.#seam) return this.#release(text)
    const passed = this.#seam.push(text)
    return passed === undefined ? undefined : this.#release(passed)
  }

  /** The model has ended; gives what was held back, or undefined where the seam was never found. */
  end(): string | undefined {
    const passed = this.#seam ? this.#seam.end() : ''
    if (passed === undefined) return undefined
    const released = this.#release(passed) + this.#held
    this.#held = ''
    return released
  }

  /** The whole text so far, with what it continues and what is held back. */
  get text(): string {
    return this.#prefix + this.added
  }

  /** What the model has said beyond that which it continues. */
  get added(): string {
    return this.#parts.join('')
  }

  #release(text: string): string {
    if (text === '') return ''
    this.#parts.push(text)
    if (!this.#started) {
      if (text.trim() === '') {
        this.#held += text
        return ''
      }
      this.#started = true
    }
    const all = this.#held === '' ? text : this.#held + text
    const cut = endsInHighSurrogate(all) ? all.length - 1 : all.length
    this.#held = all.slice(cut)
    return all.slice(0, cut)
  }
}

function endsInHighSurrogate(text: string): boolean {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff
}
