import { isDigit } from './character-class.ts'

const mostGroups = 8
const mostDigits = 31

/**
 * The groups of digits that start at one place, joined by single spaces, hyphens, dots or slashes:
 * `4539 2002 9772 7693` is four. Numbers are told apart by the lengths of their groups, which costs one
 * look-up for all formats together. The object is reused, so reading allocates nothing.
 */
export class DigitGroups {
  /** How many groups were read; at most 8 groups and 31 digits. */
  count = 0
  readonly #starts = new Int32Array(mostGroups)
  readonly #ends = new Int32Array(mostGroups)
  readonly #shapes = new Int32Array(mostGroups)
  #text = ''

  read(text: string, start: number): void {
    const goesOn = this.count > 1 && start === this.#starts[1] && text === this.#text
    if (goesOn) this.#dropFirst()
    else this.count = 0
    this.#text = text
    let at = start
    if (goesOn) {
      at = this.end(this.count - 1)
      if (!isSeparator(text.charCodeAt(at))) return
      at++
    }
    let digits = this.total(this.count)
    let shape = this.shape(this.count)
    while (this.count < mostGroups) {
      const groupStart = at
      while (at - groupStart <= mostDigits && isDigit(text.charCodeAt(at))) at++
      if (at === groupStart) return
      digits += at - groupStart
      if (digits > mostDigits) return
      this.#starts[this.count] = groupStart
      this.#ends[this.count] = at
      shape = addToShape(shape, at - groupStart)
      this.#shapes[this.count] = shape
      this.count++
      if (!isSeparator(text.charCodeAt(at))) return
      at++
    }
  }

  /** In a long row of numbers each is read from the one before: only its last group is new. */
  #dropFirst(): void {
    this.#starts.copyWithin(0, 1)
    this.#ends.copyWithin(0, 1)
    this.count--
    let shape = 0
    for (let group = 0; group < this.count; group++) {
      shape = addToShape(shape, this.size(group))
      this.#shapes[group] = shape
    }
  }

  /** Start of a group. */
  start(group: number): number {
    return this.#starts[group] ?? 0
  }

  /** End of a group, exclusive. */
  end(group: number): number {
    return this.#ends[group] ?? 0
  }

  /** Number of digits of a group. */
  size(group: number): number {
    return this.end(group) - this.start(group)
  }

  /** Number of digits of the first `groups` groups. */
  total(groups: number): number {
    let total = 0
    for (let group = 0; group < groups; group++) total += this.size(group)
    return total
  }

  /** The lengths of the first `groups` groups as one number, as made by `shapeOf`. */
  shape(groups: number): number {
    return this.#shapes[groups - 1] ?? 0
  }

  /** The digits of the first `groups` groups. */
  digits(groups: number): string {
    let digits = ''
    for (let group = 0; group < groups; group++) {
      digits += this.#text.slice(this.start(group), this.end(group))
    }
    return digits
  }

  /** The separators between the first `groups` groups, in order. */
  separators(groups: number): string {
    let separators = ''
    for (let group = 1; group < groups; group++)
      separators += this.#text.charAt(this.end(group - 1))
    return separators
  }

  /** True when all separators between the first `groups` groups are the same or there is none. */
  isUniform(groups: number): boolean {
    for (let group = 2; group < groups; group++) {
      if (this.#text[this.end(group - 1)] !== this.#text[this.end(0)]) return false
    }
    return true
  }
}

/** The number by which lengths of groups are looked up: `shapeOf('3-2-4')`. */
export function shapeOf(lengths: string): number {
  return lengths.split('-').reduce((shape, length) => addToShape(shape, Number(length)), 0)
}

/** A small integer; what shares one by chance fails the check of its number. */
function addToShape(shape: number, length: number): number {
  return (Math.imul(shape, 37) + length) & 0x3fffffff
}

function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x2d || code === 0x2e || code === 0x2f
}
