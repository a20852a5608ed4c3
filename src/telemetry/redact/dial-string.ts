import { isDigit } from './character-class.ts'

const mostGroups = 8
const mostDigits = 20
const longestGap = 3

/**
 * A number as people write it for dialling: groups of digits with spaces, brackets, hyphens, dots or
 * slashes between them. The object is reused, so reading one allocates nothing.
 */
export class DialString {
  start = 0
  /** Number of groups read; at most 8 groups and 20 digits. */
  count = 0
  hasPlus = false
  #text = ''
  readonly #starts = new Int32Array(mostGroups)
  readonly #digitEnds = new Int32Array(mostGroups)
  readonly #ends = new Int32Array(mostGroups)

  /** Reads what starts at an index: an optional plus or bracket, then digits in groups. */
  read(text: string, start: number): void {
    const goesOn = this.count > 1 && start === this.#starts[1] && text === this.#text
    if (goesOn) this.#dropFirst()
    else this.count = 0
    this.#text = text
    this.start = start
    this.hasPlus = text[start] === '+' || text[start + 1] === '+'
    let at = goesOn ? this.end(this.count - 1) : start
    let digits = this.total(this.count)
    while (this.count < mostGroups) {
      const gapStart = at
      while (at - gapStart < longestGap && isGap(text.charCodeAt(at), this.count)) at++
      const groupStart = at
      while (at - groupStart <= mostDigits && isDigit(text.charCodeAt(at))) at++
      digits += at - groupStart
      if (at === groupStart || digits > mostDigits) return
      this.#starts[this.count] = groupStart
      this.#digitEnds[this.count] = at
      if (text[at] === ')') at++
      this.#ends[this.count] = at
      this.count++
    }
  }

  /** In a long row of numbers each is read from the one before: only its last group is new. */
  #dropFirst(): void {
    this.#starts.copyWithin(0, 1)
    this.#digitEnds.copyWithin(0, 1)
    this.#ends.copyWithin(0, 1)
    this.count--
  }

  /** Number of digits of a group; 0 past the last. */
  size(group: number): number {
    if (group >= this.count) return 0
    return (this.#digitEnds[group] ?? 0) - (this.#starts[group] ?? 0)
  }

  /** Number of digits of the first `count` groups. */
  total(count: number): number {
    let total = 0
    for (let group = 0; group < count; group++) total += this.size(group)
    return total
  }

  /** Where a group ends in the text, a closing bracket included. */
  end(group: number): number {
    return this.#ends[group] ?? this.start
  }

  /** The digits of one group. */
  group(group: number): string {
    return this.#text.slice(this.#starts[group], this.#digitEnds[group])
  }

  /** The digits of the first `count` groups. */
  digits(count: number): string {
    let digits = ''
    for (let group = 0; group < count; group++) digits += this.group(group)
    return digits
  }

  /** What stands before a group, such as `-` or `) `; '' before the first and past the last. */
  gap(group: number): string {
    if (group === 0 || group >= this.count) return ''
    return this.#text.slice(this.#digitEnds[group - 1], this.#starts[group])
  }

  /** The lengths of the first `count` groups, such as `3-3-4`. */
  sizes(count: number): string {
    let sizes = ''
    for (let group = 0; group < count; group++)
      sizes += `${group > 0 ? '-' : ''}${this.size(group)}`
    return sizes
  }

  /** The largest count of leading groups that a rule accepts, or 0. */
  largest(accepts: (count: number, total: number) => boolean): number {
    let total = this.total(this.count)
    for (let count = this.count; count > 0; count--) {
      if (accepts(count, total)) return count
      total -= this.size(count - 1)
    }
    return 0
  }
}

/** Space, brackets, hyphen, dot and slash; a plus only at the start. */
function isGap(code: number, groups: number): boolean {
  if (code === 0x2b) return groups === 0
  return code === 0x20 || code === 0x28 || code === 0x29 || (code >= 0x2d && code <= 0x2f)
}
