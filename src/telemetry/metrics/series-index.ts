import type { Series } from './metric-registry.ts'

interface Branch {
  readonly next: Map<string, Branch>
  series?: Series
}

/** Combinations that are remembered of one instrument; values from outside must not fill the memory. */
const mostLeaves = 600

/**
 * Finds the series of label values as they were given, without making a key of them: the same few
 * combinations come with every call.
 */
export class SeriesIndex {
  readonly #root: Branch = { next: new Map() }
  #leaves = 0

  find(labels: readonly string[], values: Values): Series | undefined {
    let branch: Branch | undefined = this.#root
    for (const label of labels) {
      branch = branch.next.get(values[label] ?? '')
      if (!branch) return undefined
    }
    return branch.series
  }

  remember(labels: readonly string[], values: Values, series: Series): void {
    if (this.#leaves >= mostLeaves) return
    this.#leaves++
    let branch = this.#root
    for (const label of labels) {
      const value = values[label] ?? ''
      let below = branch.next.get(value)
      if (!below) {
        below = { next: new Map() }
        branch.next.set(value, below)
      }
      branch = below
    }
    branch.series = series
  }
}

type Values = Readonly<Record<string, string | undefined>>
