import type { Redactor } from './redact/redactor.ts'

/** Longer strings seldom come twice. */
const longestRemembered = 80
const mostRemembered = 2_000

/**
 * Remembers short strings in which the redactor found nothing: names of models, reasons and keys come
 * with every call, and are looked at once. Only what is clean is kept, so nothing private stays here.
 */
export class CleanMemo {
  readonly #clean = new Set<string>()

  get size(): number {
    return this.#clean.size
  }

  has(text: string): boolean {
    return this.#clean.has(text)
  }

  text(raw: string, redactor: Redactor): string {
    if (this.#clean.has(raw)) return raw
    const { text } = redactor.redact(raw)
    if (text === raw && raw.length <= longestRemembered) this.#remember(raw)
    return text
  }

  #remember(text: string): void {
    // Values from outside must not fill the memory.
    if (this.#clean.size >= mostRemembered) this.#clean.clear()
    this.#clean.add(text)
  }
}
