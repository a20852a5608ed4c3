import { ConcurrencyLane } from './concurrency-lane.ts'
import { LatencyRecord } from './latency-record.ts'
import { TrafficBudget } from './traffic-budget.ts'

/** What one process knows of a target: how long it takes, and how much of it is under way. */
export class LocalHealth {
  readonly lane = new ConcurrencyLane()
  /** From sending to the first content, whatever the prompt's length. */
  readonly firstContent = new LatencyRecord()
  /** From sending to the end of a whole answer. */
  readonly answer = new LatencyRecord()
  /** Second requests that were sent because a first one was slow. */
  readonly hedges = new TrafficBudget()
  readonly #servedModels = new Set<string>()
  readonly #firstContentBySize = [new LatencyRecord(), new LatencyRecord(), new LatencyRecord()]

  /** What the provider said it served under this name. */
  get servedModels(): readonly string[] {
    return [...this.#servedModels]
  }

  /** True where it was not known. */
  addServedModel(name: string): boolean {
    if (this.#servedModels.has(name) || this.#servedModels.size >= mostServedModels) return false
    this.#servedModels.add(name)
    return true
  }

  /** The record of prompts of about that length, as far as it is full enough to go by, else of all. */
  firstContentFor(promptChars: number, leastCount: number, nowMs: number): LatencyRecord {
    const record = this.#bySize(promptChars)
    return record.count(nowMs) >= leastCount ? record : this.firstContent
  }

  addFirstContent(promptChars: number, durationMs: number, nowMs: number): void {
    this.firstContent.add(durationMs, nowMs)
    this.#bySize(promptChars).add(durationMs, nowMs)
  }

  #bySize(promptChars: number): LatencyRecord {
    const size = sizes.findIndex((limit) => promptChars < limit)
    return this.#firstContentBySize[size] ?? this.firstContent
  }
}

/** Prompts up to about 2,000, 16,000 and more tokens: reading the prompt takes most of the first wait. */
const sizes = [8_000, 64_000, Number.POSITIVE_INFINITY]

/** A provider that makes up a new name for each answer is not remembered without end. */
const mostServedModels = 50
