/** One event of a stream; `event` is '' where the server gave it no name. */
export interface SseEvent {
  readonly event: string
  readonly data: string
}

/**
 * Parses Server-Sent Events (WHATWG HTML, section 9.2.6) from text that arrives in pieces: all three
 * line ends, also cut between CR and LF; several `data` lines joined; comments and unknown fields
 * passed over. Linear in the text however it is cut: a piece without a line end is only appended.
 */
export class SseParser {
  #line = ''
  #data: string | undefined
  #event = ''
  #afterCr = false

  /** Appends the events that this piece completes to `events`. */
  push(piece: string, events: SseEvent[]): void {
    const text = this.#unifyLineEnds(piece)
    let from = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      const line = from === 0 ? this.#line + text.slice(0, end) : text.slice(from, end)
      if (from === 0) this.#line = ''
      from = end + 1
      this.#takeLine(line, events)
    }
    this.#line += from === 0 ? text : text.slice(from)
  }

  /**
   * What stands at the end without the blank line that would complete it. By the standard it is to
   * be dropped; some servers forget the blank line, so the caller looks whether it is whole.
   */
  end(): SseEvent | undefined {
    const rest: SseEvent[] = []
    this.push('\n\n', rest)
    return rest[0]
  }

  /** Characters that wait for their line or event to be completed. */
  get pendingLength(): number {
    return this.#line.length + (this.#data?.length ?? 0)
  }

  /** The line that has begun and not ended. */
  get pendingLine(): string {
    return this.#line
  }

  #unifyLineEnds(piece: string): string {
    const text = this.#afterCr && piece.startsWith('\n') ? piece.slice(1) : piece
    if (piece !== '') this.#afterCr = piece.endsWith('\r')
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  }

  #takeLine(line: string, events: SseEvent[]): void {
    if (line === '') {
      if (this.#data !== undefined) events.push({ event: this.#event, data: this.#data })
      this.#data = undefined
      this.#event = ''
      return
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    const start = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
    const value = colon === -1 ? '' : line.slice(start)
    if (field === 'event') this.#event = value
    else this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
  }
}
