/** Counts since a redactor was created. */
export interface RedactionStats {
  /** Replaced values by type. */
  readonly found: Readonly<Record<string, number>>
  /** Texts and values that failed closed. */
  readonly failures: number
}

export interface RedactionCounter {
  found(type: string): void
  failed(): void
  stats(): RedactionStats
}

export function createRedactionCounter(): RedactionCounter {
  const counts = new Map<string, number>()
  let failures = 0
  return {
    found(type) {
      counts.set(type, (counts.get(type) ?? 0) + 1)
    },
    failed() {
      failures++
    },
    stats: () => ({ found: Object.fromEntries(counts), failures }),
  }
}
