import { type LinkedAbort, linkAbort } from '../../base/abort.ts'
import { isHoldfastError } from '../../base/errors.ts'
import type { AttemptCause, AttemptRecord } from '../../model/answer.ts'
import type { ModelRequest } from '../../model/model.ts'
import { addUsage, noUsage, type Usage } from '../../model/usage.ts'
import type { Attempt } from '../attempt/attempt.ts'
import { promptChars } from '../attempt/estimate-usage.ts'
import type { CallFacts, CallOptions, SkippedModel } from '../call-event.ts'
import type { Diagnosis } from '../classify/diagnosis.ts'
import type { MidStream } from '../policy.ts'
import type { Settings } from '../settings.ts'
import type { Denial } from '../shared/health-store.ts'
import type { Target } from '../target.ts'
import { Delivered } from './delivered.ts'

/** What a call is made from. */
export interface CallSpec {
  readonly targets: readonly Target[]
  readonly settings: Settings
  readonly request: ModelRequest
  readonly options: CallOptions
  /** False where the reader cannot take text back: a call that would have to void it fails instead. */
  readonly mayReset: boolean
}

/** One for all calls: an error of its own would cost each of them a stack trace. */
const readerLeft = new DOMException('The reader has left the call.', 'AbortError')

/** The time left at the end for the canned answer, and for a process that is busy. */
const answerReserveMs = 50

/** All state of one call; nothing of it is seen by another. */
export class Call {
  readonly spec: CallSpec
  readonly promptChars: number
  /** When the outcome has to be known, in milliseconds since the epoch. */
  readonly endMs: number
  readonly delivered = new Delivered()
  /** Second tries so far, over all models. */
  retries = 0
  /** Models whose last failure may have passed. */
  readonly passing = new Set<Target>()
  /** A continuation did not take the text up: no other is tried. */
  seamFailed = false
  lastFailure: Diagnosis | undefined
  /** When the first of the models that named a time takes requests again, in milliseconds since the epoch. */
  retryAtMs = Number.POSITIVE_INFINITY
  readonly #abort: LinkedAbort
  readonly #attempts: Attempt[] = []
  readonly #tries: number[]
  readonly #skipped = new Map<number, SkippedModel>()
  #isStopped = false
  readonly #onStop = () => {
    this.#isStopped = true
    const reason: unknown = this.spec.options.stop?.reason
    this.#abort.abort(isHoldfastError(reason, 'MODEL_FAILED') ? reason : readerLeft)
  }

  constructor(spec: CallSpec) {
    const { deadline, stop } = spec.options
    this.spec = spec
    this.promptChars = promptChars(spec.request)
    this.endMs = deadline.at - Math.min(answerReserveMs, deadline.lengthMs * 0.05)
    this.#tries = spec.targets.map(() => 0)
    this.#abort = linkAbort(deadline.signal)
    if (stop?.aborted) this.#onStop()
    else stop?.addEventListener('abort', this.#onStop, { once: true })
  }

  get settings(): Settings {
    return this.spec.settings
  }

  get midStream(): MidStream {
    return this.settings.midStream
  }

  /** Aborts when the caller, the deadline, the stop signal or the reader ends the call. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Its reader gave the answer up by the stop signal. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  get leftMs(): number {
    return this.endMs - this.settings.clock.now()
  }

  get attemptCount(): number {
    return this.#attempts.length
  }

  get nextAttemptNumber(): number {
    return (this.spec.options.firstAttempt ?? 1) + this.#attempts.length
  }

  triesAt(target: Target): number {
    return this.#tries[target.index] ?? 0
  }

  /** Takes an attempt on; what is under way when the call ends is cancelled with it. */
  add(attempt: Attempt): void {
    const { index } = attempt.spec.target
    this.#attempts.push(attempt)
    this.#tries[index] = (this.#tries[index] ?? 0) + 1
    this.#skipped.delete(index)
  }

  skip(
    { index, model }: Target,
    { reason, retryAfterMs }: Pick<Denial, 'reason' | 'retryAfterMs'>,
  ): void {
    const { provider, id } = model
    const hint = retryAfterMs > 0 && { retryAfterMs: Math.ceil(retryAfterMs) }
    this.#skipped.set(index, { modelIndex: index, provider, model: id, reason, ...hint })
  }

  /** Why the next attempt at a model is made. */
  causeOf(target: Target, continues: boolean): AttemptCause {
    const { why = 'first', startAt = 0 } = this.spec.options
    if (continues) return 'continuation'
    if (this.triesAt(target) > 0) return 'retry'
    if (this.#attempts.length > 0) return 'fallback'
    return why === 'first' && target.index !== startAt ? 'fallback' : why
  }

  /** Ends the call before its time, without an error: its reader has what it wanted, or has gone. */
  leave(): void {
    this.#abort.abort(readerLeft)
  }

  /** Throws the caller's reason where the caller has aborted; a spent deadline and a stop are outcomes. */
  throwIfCallerAborted(): void {
    const { signal } = this.spec.options.deadline
    if (signal.aborted && !isHoldfastError(signal.reason, 'DEADLINE_EXCEEDED')) throw signal.reason
  }

  facts(): CallFacts {
    const attempts = this.#attempts
      .map(({ record }) => record)
      .filter((record) => record !== undefined)
    const skipped = [...this.#skipped.values()].sort((a, b) => a.modelIndex - b.modelIndex)
    return { attempts, skipped, usage: totalUsage(attempts) }
  }

  /** Frees all that the call still holds. */
  close(): void {
    this.leave()
    this.#abort.release()
    this.spec.options.stop?.removeEventListener('abort', this.#onStop)
  }
}

function totalUsage(attempts: readonly AttemptRecord[]): Usage {
  return attempts.reduce((sum, { usage }) => (usage ? addUsage(sum, usage) : sum), noUsage)
}
