/** What the reader has been given since the start of the call or its last reset. */
export class Delivered {
  #parts: string[] = []
  #hasReasoning = false
  #modelIndex = 0
  #isAccepted = false

  get hasText(): boolean {
    return this.#parts.length > 0
  }

  get isEmpty(): boolean {
    return !this.hasText && !this.#hasReasoning
  }

  get text(): string {
    return this.#parts.join('')
  }

  /** The model that wrote the last of it. */
  get modelIndex(): number {
    return this.#modelIndex
  }

  /** The policy takes the text as it is, although it is not whole. */
  get isAccepted(): boolean {
    return this.#isAccepted
  }

  add(type: 'text-delta' | 'reasoning-delta', text: string, modelIndex: number): void {
    this.#modelIndex = modelIndex
    if (type === 'text-delta') this.#parts.push(text)
    else this.#hasReasoning = true
  }

  /** Takes `text` as all there will be. */
  accept(text: string, modelIndex: number): void {
    this.#parts = [text]
    this.#modelIndex = modelIndex
    this.#isAccepted = true
  }

  clear(): void {
    this.#parts = []
    this.#hasReasoning = false
  }
}
