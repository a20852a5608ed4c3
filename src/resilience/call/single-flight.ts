import { untilAborted } from '../../base/abort.ts'
import type { Deadline } from '../../base/deadline.ts'
import { isHoldfastError } from '../../base/errors.ts'
import type { ModelRequest } from '../../model/model.ts'
import { noUsage } from '../../model/usage.ts'
import type { CallEvent, CallOptions, CallOutcome } from '../call-event.ts'

type Events = AsyncIterator<CallEvent, unknown, undefined>

/** Starts the call that a flight shares, under a deadline that no single caller can end. */
export type StartCall = (options: CallOptions) => Events

/**
 * Makes one call of identical ones that run at the same time. Each caller reads the same events from the
 * beginning, at its own pace, under its own deadline and abort; the call goes on until the last has left.
 * It is paid for once: the first to take its outcome gets attempts and usage, the others none.
 */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>()

  join(request: ModelRequest, options: CallOptions, start: StartCall): Events {
    const key = JSON.stringify([request, options.stream, options.startAt ?? 0])
    const flight = this.#running(key, options.deadline) ?? this.#take(key, options, start)
    return follow(flight, options)
  }

  /** A flight that ends long before the joiner has to is left to its own. */
  #running(key: string, deadline: Deadline): Flight | undefined {
    const flight = this.#flights.get(key)
    if (!flight || flight.isOver) return undefined
    return flight.deadline.remainingMs() >= deadline.remainingMs() / 2 ? flight : undefined
  }

  #take(key: string, options: CallOptions, start: StartCall): Flight {
    const { stop: _own, ...shared } = options
    const { at, lengthMs, remainingMs } = options.deadline
    const { signal } = new AbortController()
    const deadline: Deadline = { at, lengthMs, remainingMs, signal, release() {} }
    const flight = new Flight(start({ ...shared, deadline }), deadline, () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    return flight
  }
}

/** One call with several readers. */
class Flight {
  readonly deadline: Deadline
  isOver = false
  readonly #source: Events
  readonly #onOver: () => void
  readonly #events: CallEvent[] = []
  #pulling: Promise<void> | undefined
  #readers = 0
  #isPaid = false

  constructor(source: Events, deadline: Deadline, onOver: () => void) {
    this.#source = source
    this.deadline = deadline
    this.#onOver = onOver
  }

  enter(): void {
    this.#readers++
  }

  async leave(): Promise<void> {
    if (--this.#readers > 0) return
    this.#end()
    await this.#source.return?.()
  }

  /** The event at that position; pulls the call on only when a reader is there. */
  async at(position: number): Promise<CallEvent> {
    for (;;) {
      const event = this.#events[position]
      if (event) return event
      this.#pulling ??= this.#pull()
      await this.#pulling
    }
  }

  /** The outcome as the next reader gets it. */
  takeOutcome(outcome: CallOutcome): CallOutcome {
    if (this.#isPaid) return { ...outcome, attempts: [], usage: noUsage }
    this.#isPaid = true
    return outcome
  }

  async #pull(): Promise<void> {
    try {
      const { value, done } = await this.#source.next()
      if (done) throw new Error('A protected call ended without its last event.')
      this.#events.push(value)
      if (value.type === 'call-finished') this.#end()
    } catch (error) {
      this.#end()
      throw error
    } finally {
      this.#pulling = undefined
    }
  }

  #end(): void {
    this.isOver = true
    this.#onOver()
  }
}

async function* follow(
  flight: Flight,
  { deadline, stop }: CallOptions,
): AsyncGenerator<CallEvent, void, undefined> {
  const signal = stop ? AbortSignal.any([deadline.signal, stop]) : deadline.signal
  flight.enter()
  try {
    for (let position = 0; ; position++) {
      const event = await untilAborted(flight.at(position), signal)
      if (event.type !== 'call-finished') yield event
      else return yield { ...event, outcome: flight.takeOutcome(event.outcome) }
    }
  } catch (error) {
    if (!signal.aborted) throw error
    yield { type: 'call-finished', outcome: leftEarly(deadline) }
  } finally {
    await flight.leave()
  }
}

/** The outcome of a reader whose own deadline or stop came first. Throws the caller's abort. */
function leftEarly({ signal }: Deadline): CallOutcome {
  const nothing = { status: 'failed', attempts: [], skipped: [], usage: noUsage } as const
  if (!signal.aborted) {
    return { ...nothing, reason: 'aborted', detail: 'The answer was given up by its reader.' }
  }
  if (!isHoldfastError(signal.reason, 'DEADLINE_EXCEEDED')) throw signal.reason
  return {
    ...nothing,
    reason: 'deadline',
    detail: 'The deadline passed before the answer was whole.',
  }
}
