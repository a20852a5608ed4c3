import type { Detector } from './scan.ts'

type Entry = readonly [prefix: string, detector: Detector]

/** Starts of tokens by their first two characters, both ASCII. */
export class PrefixTable {
  readonly #entries: (Entry[] | undefined)[] = new Array(0x80 * 0x80).fill(undefined)

  add(prefix: string, detector: Detector): void {
    const index = (prefix.charCodeAt(0) << 7) | prefix.charCodeAt(1)
    this.#entries[index] = [...(this.#entries[index] ?? []), [prefix, detector]]
  }

  /** Prefixes that begin with these two codes; the caller compares the rest. */
  get(first: number, second: number): readonly Entry[] | undefined {
    return (first | second) < 0x80 ? this.#entries[(first << 7) | second] : undefined
  }
}
