import { type Instrument, type InstrumentName, instruments } from './instruments.ts'
import { otherValue } from './label-bounds.ts'

/** The values of one combination of labels. */
export interface Series {
  /** In the order of the instrument's labels; '' where there is no value. */
  readonly labels: readonly string[]
  /** The labels that have a value, by name. */
  readonly attributes: Readonly<Record<string, string>>
  /** Of a counter, its total; of a histogram, the sum of its values. */
  sum: number
  count: number
  /** Per bucket, not cumulated; the last is above all boundaries. Empty for counters. */
  readonly buckets: number[]
}

/** Combinations of labels that one instrument may have; a bound on memory where the labels' own fails. */
const mostSeries = 300

/** Adds up measurements in memory, for `/metrics`. */
export class MetricRegistry {
  readonly #series = new Map<InstrumentName, Map<string, Series>>()

  /** The series of these label values, in the order of the instrument's labels. */
  find(name: InstrumentName, labels: readonly string[]): Series {
    let all = this.#series.get(name)
    if (!all) {
      all = new Map()
      this.#series.set(name, all)
    }
    const key = labels.join('\u0000')
    const known = all.get(key)
    if (known) return known
    const isFull = all.size >= mostSeries && labels.some((label) => label !== otherValue)
    if (isFull)
      return this.find(
        name,
        labels.map(() => otherValue),
      )
    const instrument: Instrument = instruments[name]
    const buckets =
      instrument.kind === 'histogram' ? Array<number>(instrument.buckets.length + 1).fill(0) : []
    const attributes = attributesOf(instrument, labels)
    const created = { labels, attributes, sum: 0, count: 0, buckets }
    all.set(key, created)
    return created
  }

  add(name: InstrumentName, series: Series, value: number): void {
    series.sum += value
    series.count++
    const { buckets } = series
    if (buckets.length === 0) return
    const index = bucketOf(instruments[name], value)
    buckets[index] = (buckets[index] ?? 0) + 1
  }

  /** In the order of `instruments`; those that were never measured have none. */
  *entries(): Generator<[InstrumentName, Iterable<Series>]> {
    for (const name of Object.keys(instruments) as InstrumentName[]) {
      yield [name, this.#series.get(name)?.values() ?? []]
    }
  }
}

function attributesOf(instrument: Instrument, values: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [index, label] of instrument.labels.entries()) {
    const value = values[index]
    if (value) attributes[label] = value
  }
  return attributes
}

/** The first boundary that the value does not exceed. */
function bucketOf(instrument: Instrument, value: number): number {
  if (instrument.kind === 'counter') return 0
  const { buckets } = instrument
  let index = 0
  while (index < buckets.length && value > (buckets[index] ?? 0)) index++
  return index
}
