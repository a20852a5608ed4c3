/** What stands for values beyond the bound. */
export const otherValue = 'other'

/** Different values of one label. A real service has a handful of models and pipelines. */
const mostValues = 40

/** A label value longer than this is no name. */
const longestValue = 100

/**
 * Keeps labels few: a model's name may come from whoever calls, and each new value would be a time
 * series that lives for ever. The first values of a label are kept, all later ones are `other`.
 */
export class LabelBounds {
  readonly #seen = new Map<string, Set<string>>()

  bound(label: string, value: string): string {
    let values = this.#seen.get(label)
    if (!values) {
      values = new Set()
      this.#seen.set(label, values)
    }
    if (values.has(value)) return value
    if (values.size >= mostValues || value.length > longestValue) return otherValue
    values.add(value)
    return value
  }
}
