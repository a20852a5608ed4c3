/**
 * Where a continuation meets the text that was delivered.
 *
 * The second model may repeat, start over, or chatter first, and nothing about the text alone tells a
 * repetition from a refrain. So the seam is made verifiable: a model that takes a prefill is trusted to go
 * on from it, which is what prefill means, and only watched for starting over; any other is told to begin
 * by repeating the last words, and what does not begin with exactly these does not pass.
 *
 * Invariant: what passes, put behind the delivered text, is the text that the model continues, without a
 * character lost or doubled; where that cannot be known, nothing passes.
 */
export interface Seam {
  /** What lies beyond the seam; empty while it is not reached, undefined where it does not fit. */
  push(text: string): string | undefined
  end(): string | undefined
}

/** After an assistant message that ends with the delivered text, less the white space at its end. */
export function prefillSeam(delivered: string): Seam {
  const sent = delivered.trimEnd()
  const space = new SpaceAtSeam(delivered.slice(sent.length))
  // A shorter beginning may well come again; this much of it does only where the model starts over.
  const beginning = sent.length >= telltaleLength ? sent.slice(0, telltaleLength) : undefined
  let seen = ''
  let watching = beginning !== undefined
  return {
    push(text) {
      if (!watching || beginning === undefined) return space.push(text)
      seen += text
      if (seen.startsWith(beginning)) return undefined
      if (beginning.startsWith(seen)) return ''
      watching = false
      return space.push(seen)
    },
    end: () => (watching ? space.push(seen) : ''),
  }
}

/** After an instruction to begin with `anchor`, the last words of the delivered text. */
export function anchorSeam(delivered: string, anchor: string): Seam {
  const space = new SpaceAtSeam(delivered.slice(delivered.trimEnd().length))
  let seen = ''
  let found = false
  return {
    push(text) {
      if (found) return space.push(text)
      seen = (seen + text).trimStart()
      if (seen.length < anchor.length) return anchor.startsWith(seen) ? '' : undefined
      if (!seen.startsWith(anchor)) return undefined
      found = true
      return space.push(seen.slice(anchor.length))
    },
    end: () => (found ? '' : undefined),
  }
}

/** The last words of a text, from the beginning of a word on: short enough to repeat, long enough to know. */
export function anchorOf(delivered: string): string {
  const sent = delivered.trimEnd()
  if (sent.length <= anchorLength) return sent.trimStart()
  const tail = sent.slice(-anchorLength)
  const word = tail.search(/\s\S/)
  if (word >= 0 && tail.length - word > shortestAnchor) return tail.slice(word + 1)
  // A long word or a script without spaces: from the first whole code point on.
  return isLowSurrogate(tail) ? tail.slice(1) : tail
}

const anchorLength = 60

/** A shorter anchor might begin an answer by chance. */
const shortestAnchor = 20
const telltaleLength = 64

/** Drops the white space that was delivered already, as far as the continuation repeats it. */
class SpaceAtSeam {
  #pending: string

  constructor(delivered: string) {
    this.#pending = delivered
  }

  push(text: string): string {
    let same = 0
    while (same < this.#pending.length && text[same] === this.#pending[same]) same++
    const isOpen = same === text.length && same < this.#pending.length
    this.#pending = isOpen ? this.#pending.slice(same) : ''
    return text.slice(same)
  }
}

function isLowSurrogate(text: string): boolean {
  const first = text.charCodeAt(0)
  return first >= 0xdc00 && first <= 0xdfff
}
