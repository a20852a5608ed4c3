type Entry<Value> = readonly [prefix: string, value: Value]

/** Starts of tokens by their first two characters, both ASCII. */
export class PrefixTable<Value> {
  readonly #entries: (Entry<Value>[] | undefined)[] = new Array(0x80 * 0x80).fill(undefined)

  add(prefix: string, value: Value): void {
    const index = (prefix.charCodeAt(0) << 7) | prefix.charCodeAt(1)
    this.#entries[index] = [...(this.#entries[index] ?? []), [prefix, value]]
  }

  /** Entries whose prefix begins with these two codes; the caller compares the rest. */
  get(first: number, second: number): readonly Entry<Value>[] | undefined {
    return (first | second) < 0x80 ? this.#entries[(first << 7) | second] : undefined
  }
}
