import type { Mode } from './completion.ts'

/** A request as the server saw it, and what it would have charged for it. */
export interface LoggedRequest {
  /** From 0, in the order of arrival. */
  readonly index: number
  readonly model: string
  readonly mode: Mode
  /** The fault that it met. */
  readonly fault: string | undefined
  readonly startedAtMs: number
  readonly inputTokens: number
  /** Tokens of answer that were sent, also where the client left before the end. */
  readonly outputTokens: number
  /** Undefined until headers are sent. */
  readonly status: number | undefined
  /** `left`: the client closed the connection before the answer was over. */
  readonly outcome: 'open' | 'answered' | 'left'
}

/** The newest 10,000: enough for a drill, and a server that runs for weeks does not grow. */
const longestLog = 10_000

/** Keeps what was asked and what became of it. */
export class RequestLog {
  #entries: LoggedRequest[] = []
  #count = 0
  #open = 0
  #waiting: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  get entries(): readonly LoggedRequest[] {
    return this.#entries
  }

  /** Opens an entry; the function changes it. */
  add(
    request: Pick<LoggedRequest, 'model' | 'mode' | 'fault' | 'startedAtMs' | 'inputTokens'>,
  ): (
    change: Partial<Pick<LoggedRequest, 'outputTokens' | 'status' | 'outcome'>>,
  ) => LoggedRequest {
    let entry: LoggedRequest = {
      ...request,
      index: this.#count++,
      outputTokens: 0,
      status: undefined,
      outcome: 'open',
    }
    this.#entries.push(entry)
    this.#open++
    if (this.#entries.length > longestLog) this.#entries = this.#entries.slice(longestLog / 2)
    return (change) => {
      const changed = { ...entry, ...change }
      const at = this.#entries.lastIndexOf(entry)
      if (at !== -1) this.#entries[at] = changed
      if (entry.outcome === 'open' && changed.outcome !== 'open') this.#close()
      entry = changed
      return entry
    }
  }

  /** Settles when no request is open. */
  idle(): Promise<void> {
    if (this.#open === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  clear(): void {
    this.#entries = []
    this.#count = 0
  }

  #close(): void {
    this.#open--
    if (this.#open > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
