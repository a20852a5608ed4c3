import { failureNotice } from './failure-notice.ts'
import type { SensitiveSpan } from './find-spans.ts'
import type { PlaceholderNumbers } from './placeholders.ts'
import type { RedactionCounter } from './redaction-stats.ts'
import { replaceSpans } from './replace-spans.ts'

/**
 * Redacting text that arrives in chunks.
 *
 * A value cut between two chunks is recognised in neither. So text is held back until no value that
 * starts in the part to be let go can still grow: a window of `window` characters stays behind, the cut
 * is moved to a place between words, and to the start of any value that reaches the window's end, such
 * as a private key whose last line has not come. What was let go is remembered as `context`, because a
 * label there may name a value that comes later.
 *
 * Invariants: the output of all calls together holds no value that redacting the whole text would have
 * masked; except for an open value, at most `held` characters wait.
 */
export interface RedactionStream {
  /** Takes the next chunk and returns what may be shown now, possibly ''. */
  push(chunk: string): string
  /** Returns the rest; the stream takes no more after it. */
  end(): string
}

export interface HoldBackSetup {
  find(text: string): SensitiveSpan[]
  readonly numbers: PlaceholderNumbers
  readonly counter: RedactionCounter
}

/** Values and the words around them fit in `window`; work is done once per `held − window` characters. */
const window = 384
const held = 512
const contextLength = 192
/** An open value that grows beyond this makes the rest of the stream fail closed. */
const longestOpen = 64 * 1024

export function createHoldBack(setup: HoldBackSetup): RedactionStream {
  return new HoldBack(setup)
}

class HoldBack implements RedactionStream {
  readonly #setup: HoldBackSetup
  #context = ''
  #pending = ''
  /** Length of `#pending` at which to look again: grows while a value stays open. */
  #nextLook = held
  #failedLength = 0
  #state: 'open' | 'failed' | 'ended' = 'open'

  constructor(setup: HoldBackSetup) {
    this.#setup = setup
  }

  push(chunk: string): string {
    if (this.#state === 'failed') this.#failedLength += chunk.length
    if (this.#state !== 'open') return ''
    this.#pending += chunk
    return this.#pending.length < this.#nextLook ? '' : this.#release(false)
  }

  end(): string {
    const wasOpen = this.#state === 'open'
    const failedLength = this.#failedLength
    this.#state = 'ended'
    if (wasOpen) return this.#release(true)
    return failedLength > 0 ? failureNotice(failedLength) : ''
  }

  #release(isLast: boolean): string {
    try {
      const text = this.#context + this.#pending
      const from = this.#context.length
      const spans = this.#setup.find(text).filter((span) => span.end > from)
      const cut = isLast ? text.length : cutBefore(text, from, text.length - window, spans)
      if (cut <= from && !isLast) return this.#wait()
      return this.#letGo(text, from, cut, spans)
    } catch {
      // The raw text must not get out; the count tells that it happened.
      return this.#fail()
    }
  }

  #letGo(text: string, from: number, cut: number, spans: readonly SensitiveSpan[]): string {
    const { numbers, counter } = this.#setup
    const released = replaceSpans(text, spans, { numbers, isJson: false, from, to: cut })
    for (const { type } of released.findings) counter.found(type)
    this.#context = text.slice(Math.max(0, cut - contextLength), cut)
    this.#pending = text.slice(cut)
    this.#nextLook = held
    return released.text
  }

  #wait(): string {
    if (this.#pending.length > longestOpen) return this.#fail()
    this.#nextLook = Math.ceil(this.#pending.length * 1.5)
    return ''
  }

  #fail(): string {
    this.#setup.counter.failed()
    const length = this.#pending.length
    this.#pending = ''
    this.#state = this.#state === 'ended' ? 'ended' : 'failed'
    return failureNotice(length)
  }
}

/** The last place up to `limit` that lies between words and inside no value; `from` when none does. */
function cutBefore(
  text: string,
  from: number,
  limit: number,
  spans: readonly SensitiveSpan[],
): number {
  let cut = limit
  while (cut > from) {
    const span = spans.find(({ start, end }) => start < cut && end > cut)
    if (span) cut = span.start
    else if (isBetweenWords(text, cut)) return cut
    else cut--
  }
  return from
}

function isBetweenWords(text: string, at: number): boolean {
  return /[\s,;|{}[\]()<>]/.test(text.charAt(at - 1))
}
