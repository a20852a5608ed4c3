/**
 * Hands text on in whole characters. JSON lets a server cut a character beyond U+FFFF into two
 * escapes and send each in a delta of its own; half of one would become U+FFFD wherever a reader
 * encodes delta by delta.
 */
export class TextJoiner {
  readonly #give: (text: string) => void
  #half = ''

  constructor(give: (text: string) => void) {
    this.#give = give
  }

  add(piece: string): void {
    if (piece === '') return
    const text = this.#half + piece
    const last = text.charCodeAt(text.length - 1)
    const cut = last >= 0xd800 && last <= 0xdbff
    this.#half = cut ? text.slice(-1) : ''
    const whole = cut ? text.slice(0, -1) : text
    if (whole !== '') this.#give(whole)
  }

  /** Gives what was held back; a lone half is all that is left of a character by then. */
  flush(): void {
    const half = this.#half
    this.#half = ''
    if (half !== '') this.#give('\uFFFD')
  }
}
