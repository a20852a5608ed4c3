import { isUtf8 } from 'node:buffer'

/** A piece of a text as it was decoded; `valid` is false when the bytes after `text` are not UTF-8. */
export interface Decoded {
  readonly text: string
  readonly valid: boolean
}

/**
 * Decodes UTF-8 that arrives in pieces. A sequence cut between two pieces is held back until it is
 * whole; bytes that can never become one are reported instead of being turned into U+FFFD, since an
 * answer with a replacement character is a wrong answer that looks right. What is decoded before
 * the fault does not depend on how the bytes were cut.
 */
export class Utf8Decoder {
  #held: Buffer = empty
  #started = false

  write(bytes: Buffer): Decoded {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    const whole = all.length - heldLength(all)
    this.#held = all.subarray(whole)
    const ready = all.subarray(0, whole)
    if (isUtf8(ready)) return { text: this.#text(ready), valid: true }
    return { text: this.#text(ready.subarray(0, validLength(ready))), valid: false }
  }

  /** Whether the text ends here without a sequence being cut. */
  end(): boolean {
    return this.#held.length === 0
  }

  #text(bytes: Buffer): string {
    const text = bytes.toString('utf8')
    if (this.#started || text === '') return text
    this.#started = true
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }
}

const empty = Buffer.alloc(0)

/** How many bytes at the end are the beginning of a sequence whose rest has not come yet. */
function heldLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0
  }
  return 0
}

function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1
  if (lead >= 0xf0) return 4
  return lead >= 0xe0 ? 3 : 2
}

/** The length of the longest valid beginning, by halving: this runs once per fault. */
function validLength(bytes: Buffer): number {
  let low = 0
  let high = bytes.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const end = middle - heldLength(bytes.subarray(0, middle))
    if (isUtf8(bytes.subarray(0, end))) low = middle
    else high = middle - 1
  }
  return low - heldLength(bytes.subarray(0, low))
}
