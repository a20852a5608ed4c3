import type { CancelTimer, Clock } from '../../base/clock.ts'
import { createId } from '../../base/ids.ts'
import type {
  HealthChange,
  HealthSettings,
  HealthTarget,
  TargetState,
} from '../shared/health-store.ts'
import type { ExchangeReply, ExchangeRequest } from './exchange-script.ts'
import type { HealthOperation, RejoinOperation, TargetOperation } from './health-operation.ts'
import { type Decision, HealthReplica, type SavedHealth } from './health-replica.ts'

/**
 * The health of one account as several processes share it.
 *
 * The problem: a decision such as who gets the probe has to be made once for all processes, by state
 * machines that are written in TypeScript and read clock and dice. Locks or compare-and-set on their state
 * would lose under contention, which is when it matters.
 *
 * The road taken: the processes share no state but the order of the operations. Redis keeps a log; each
 * process appends its operations to it, gets back what others appended, and applies all of it in the log's
 * order to a replica of its own. The same machine with the same input comes to the same state everywhere,
 * so a process reads the answer to its operation off its own replica: one round trip, however many contend.
 *
 * - following: decisions are those of the log. One exchange is under way at a time; what comes meanwhile
 *   goes with the next.
 * - alone: Redis is slow or away; decisions are made at once by a fork of the replica.
 *
 * Invariants:
 * 1. A decision is answered within `limitMs`, by the log or by the fork.
 * 2. The replica holds the operations up to `seq` of `generation`, all of them and in order.
 * 3. What was decided alone goes into the log on return, once: as the difference between the fork and its
 *    base. An operation of which it is not known whether it reached the log counts to the fork; where it
 *    turns out to have reached it, it counts to the base as well, and so no longer to the difference.
 */
export class SharedAccount {
  readonly #account: string
  readonly #surroundings: Surroundings
  #replica: HealthReplica
  #generation = ''
  #seq = 0
  #queue: Pending[] = []
  #sent: readonly Pending[] | undefined
  #alone: Alone | undefined
  #isSnapshotDue = false
  #heardAtMs = 0

  constructor(account: string, surroundings: Surroundings) {
    this.#account = account
    this.#surroundings = surroundings
    this.#replica = new HealthReplica(account)
  }

  get isAlone(): boolean {
    return this.#alone !== undefined
  }

  /** Nothing waits to be sent or answered. */
  get isIdle(): boolean {
    return this.#sent === undefined && this.#queue.length === 0
  }

  decide(told: Told): Decision | Promise<Decision> {
    if (!this.#surroundings.isUp()) this.leave(undefined)
    if (this.#alone) return this.#applyAlone(this.#alone, told)
    return new Promise((answer) => {
      const cancelTimer = this.#giveUpLater()
      this.#queue.push({ ...told, answer, cancelTimer })
      this.#send()
    })
  }

  tell(told: Told): void {
    if (!this.#surroundings.isUp()) this.leave(undefined)
    if (this.#alone) {
      this.#applyAlone(this.#alone, told)
    } else {
      this.#queue.push(told)
      this.#send()
    }
  }

  look(target: HealthTarget, nowMs: number): TargetState {
    const isStale = this.#surroundings.clock.now() - this.#heardAtMs > staleAfterMs
    if (isStale && !this.#alone && this.#surroundings.isUp()) this.#send({ evenIfEmpty: true })
    return (this.#alone?.fork ?? this.#replica).look(target, nowMs)
  }

  /** Decides alone from now on. All who wait are answered. */
  leave(error: unknown): void {
    if (this.#alone) return
    const sent = this.#sent ?? []
    const pending = [...sent, ...this.#queue]
    const unconfirmed = new Map(sent.map(({ operation }) => [operation.id, operation]))
    const fork = this.#replica.clone()
    this.#alone = { base: this.#replica, fork, unconfirmed, rejoins: new Map(), decided: 0 }
    this.#sent = undefined
    this.#queue = []
    for (const each of pending) {
      each.cancelTimer?.()
      const decision = this.#applyAlone(this.#alone, each)
      each.answer?.(decision)
    }
    this.#surroundings.onLeave(error)
  }

  /** Takes up what the others did, tells them what was done alone, and follows again. */
  async rejoin(): Promise<void> {
    const alone = this.#alone
    if (!alone) return
    const place = await this.#catchUp(alone)
    // Calls go on meanwhile; each round tells what the one before it missed.
    for (let round = 0; round < mostRounds && alone.decided > 0; round++) {
      alone.decided = 0
      await this.#tellDifference(alone, place)
    }
    this.#replica = place.replica
    this.#generation = place.generation
    this.#seq = place.seq
    this.#alone = undefined
  }

  #send({ evenIfEmpty = false } = {}): void {
    if (this.#sent || (this.#queue.length === 0 && !evenIfEmpty)) return
    const batch = this.#queue
    this.#queue = []
    this.#sent = batch
    this.#exchange(batch).catch((error: unknown) => {
      if (this.#sent === batch) this.leave(error)
    })
  }

  async #exchange(batch: readonly Pending[]): Promise<void> {
    for (let attempt = 0; attempt < mostMoves; attempt++) {
      const reply = await this.#surroundings.exchange(this.#account, this.#requestFor(batch))
      // It was left meanwhile, and all in the batch are answered.
      if (this.#sent !== batch) return
      this.#heardAtMs = this.#surroundings.clock.now()
      if (reply.type === 'appended') return this.#take(batch, reply)
      await this.#move(reply, batch)
      if (this.#sent !== batch) return
    }
    throw new Error(`The log of ${this.#account} does not stay in its place.`)
  }

  #requestFor(batch: readonly Pending[]): ExchangeRequest {
    const operations: string[] = []
    const defined = new Set<string>()
    for (const { operation, settings } of batch) {
      const { settings: name } = operation
      if (!this.#replica.knows(name) && !defined.has(name)) {
        defined.add(name)
        operations.push(encode({ do: 'define', id: '', name, settings }))
      }
      operations.push(encode(operation))
    }
    const snapshot = this.#isSnapshotDue ? JSON.stringify(this.#replica.save()) : undefined
    this.#isSnapshotDue = false
    const place = { generation: this.#generation, seq: this.#seq, operations }
    return snapshot === undefined ? place : { ...place, snapshot }
  }

  #take(batch: readonly Pending[], reply: Extract<ExchangeReply, { type: 'appended' }>): void {
    const own = new Map(batch.map((pending) => [pending.operation.id, pending]))
    for (const text of reply.operations) {
      const operation = decode(text)
      const pending = own.get(operation.id)
      const decision = this.#replica.apply(operation, pending?.onChange)
      pending?.cancelTimer?.()
      pending?.answer?.(decision)
    }
    // Whoever crosses a mark owes the log a snapshot, so that it can be cut.
    const crossed = Math.floor(this.#seq / snapshotEvery) !== Math.floor(reply.seq / snapshotEvery)
    this.#isSnapshotDue ||= crossed
    this.#seq = reply.seq
    this.#sent = undefined
    this.#send()
  }

  /** Goes to where the log is; begins it from the own state where there is none. */
  async #move(reply: ExchangeReply, batch: readonly Pending[]): Promise<void> {
    const moved = reply.type === 'moved' ? reply : await this.#seed(this.#replica.save())
    if (moved?.type !== 'moved' || this.#sent !== batch) return
    const { replica, seq, generation } = this.#restore(moved, () => {})
    this.#replica = replica
    this.#seq = seq
    this.#generation = generation
  }

  async #seed(saved: SavedHealth): Promise<ExchangeReply> {
    const seed = createId('gen', this.#surroundings.clock.now())
    const snapshot = JSON.stringify(saved)
    const request = { generation: '', seq: 0, seed, snapshot, operations: [] }
    return this.#surroundings.exchange(this.#account, request)
  }

  #restore(
    moved: Extract<ExchangeReply, { type: 'moved' }>,
    onOperation: (operation: HealthOperation) => void,
  ): Place {
    const replica = new HealthReplica(this.#account)
    replica.restore(JSON.parse(moved.snapshot))
    for (const text of moved.operations) {
      const operation = decode(text)
      replica.apply(operation)
      onOperation(operation)
    }
    return { replica, generation: moved.generation, seq: moved.seq }
  }

  async #catchUp(alone: Alone): Promise<Place> {
    const whole = { generation: '', seq: 0, operations: [] }
    let reply = await this.#surroundings.exchange(this.#account, whole)
    if (reply.type === 'empty') {
      const saved = alone.fork.save()
      const { decided } = alone
      reply = await this.#seed(saved)
      const isOwn = reply.type === 'moved' && reply.snapshot === JSON.stringify(saved)
      // Another process was quicker where it is not the own one.
      if (isOwn) {
        alone.base.restore(saved)
        alone.decided -= decided
      }
    }
    if (reply.type !== 'moved') throw new Error(`The log of ${this.#account} went away again.`)
    return this.#restore(reply, (operation) => {
      const before = alone.rejoins.get(operation.id)
      if (before) alone.base.restore(before)
      else if (alone.unconfirmed.has(operation.id)) alone.base.apply(operation)
    })
  }

  async #tellDifference(alone: Alone, place: Place): Promise<void> {
    const fork = alone.fork.save()
    const id = this.#surroundings.nextId()
    const operation: RejoinOperation = { do: 'rejoin', id, base: alone.base.save(), fork }
    alone.rejoins.set(id, fork)
    try {
      const { generation, seq } = place
      const request = { generation, seq, operations: [encode(operation)] }
      const reply = await this.#surroundings.exchange(this.#account, request)
      if (reply.type !== 'appended') throw new Error(`The log of ${this.#account} moved on.`)
      for (const text of reply.operations) place.replica.apply(decode(text))
      place.seq = reply.seq
      alone.base.restore(fork)
    } catch (error) {
      alone.decided++
      throw error
    }
  }

  #applyAlone(alone: Alone, { operation, settings, onChange }: Told): Decision {
    const { settings: name } = operation
    if (!alone.fork.knows(name)) {
      alone.fork.apply({ do: 'define', id: '', name, settings })
    }
    alone.decided++
    return alone.fork.apply(operation, onChange)
  }

  #giveUpLater(): CancelTimer {
    const { clock, limitMs, onSlow } = this.#surroundings
    let cancel = clock.setTimer(limitMs, () => {
      // After a pause of this process the reply may be there and not be read yet.
      cancel = clock.setTimer(1, () => this.leave(onSlow()))
    })
    return () => cancel()
  }
}

/** What an account needs of the store that it belongs to. */
export interface Surroundings {
  readonly clock: Clock
  /** The longest wait for a decision, in milliseconds. */
  readonly limitMs: number
  isUp(): boolean
  /** @throws where Redis did not answer; whether it took the operations is not known then. */
  exchange(account: string, request: ExchangeRequest): Promise<ExchangeReply>
  nextId(): string
  /** Redis took longer than the limit; returns that as an error. */
  onSlow(): Error
  onLeave(error: unknown): void
}

/** An operation of this process, with what only this process knows of it. */
export interface Told {
  readonly operation: TargetOperation
  readonly settings: HealthSettings
  readonly onChange?: (change: HealthChange) => void
}

interface Pending extends Told {
  readonly answer?: (decision: Decision) => void
  readonly cancelTimer?: CancelTimer
}

interface Alone {
  /** What the log is known to hold of what is in the fork. */
  readonly base: HealthReplica
  readonly fork: HealthReplica
  /** Operations that were sent and not answered. */
  readonly unconfirmed: ReadonlyMap<string, HealthOperation>
  /** Differences that were sent, with the state of the fork that each led to. */
  readonly rejoins: Map<string, SavedHealth>
  /** Operations of which the log was not told. */
  decided: number
}

interface Place {
  readonly replica: HealthReplica
  readonly generation: string
  seq: number
}

/** A newcomer reads a snapshot and this many operations at most: some milliseconds. */
const snapshotEvery = 512

/** What is looked at is at most about this old, also where this process makes no calls. */
const staleAfterMs = 1_000

/** Twice at most: to where the log is, and once more where it was lost on the way. */
const mostMoves = 4

/** Under the highest load some operations are left out of the difference in the end. */
const mostRounds = 10

const encode = (operation: HealthOperation): string => JSON.stringify(operation)

/** The log holds only what `encode` wrote: its key names the version of the format. */
const decode = (text: string): HealthOperation => JSON.parse(text)
