import { createHash } from 'node:crypto'
import { type CancelTimer, type Clock, sleep, systemClock } from '../../base/clock.ts'
import { connectionAddress } from '../../base/connection-address.ts'
import { invalidConfig, messageOf } from '../../base/errors.ts'
import { createSpanId } from '../../base/ids.ts'
import { silentTelemetry, type Telemetry } from '../../base/telemetry-port.ts'
import type { BreakerState } from '../shared/breaker-state.ts'
import type { RecordPermit } from '../shared/health-record.ts'
import type {
  HealthSettings,
  HealthStore,
  HealthTarget,
  TargetState,
} from '../shared/health-store.ts'
import type { TargetOperation } from './health-operation.ts'
import type { Decision } from './health-replica.ts'
import { createRedisLink, type RedisLink } from './redis-link.ts'
import { SharedAccount, type Surroundings, type Told } from './shared-account.ts'

export interface RedisHealthOptions {
  /** Such as `redis://:password@host:6379/0`, or `rediss://` with TLS. */
  readonly connection: string
  /** Begins all keys. Processes with the same share their health. Default `holdfast:health`. */
  readonly prefix?: string
  /** Default: the machine's. Must be the clock of the policies that use it. */
  readonly clock?: Clock
  /** From 0 to below 1, for the jitter of the breakers. Default `Math.random`. */
  readonly random?: () => number
  /** The longest wait for Redis in a decision, in milliseconds. Default 50. */
  readonly limitMs?: number
  /** Told when Redis goes away and when it is back, once each. Default: silent. */
  readonly telemetry?: Telemetry
}

/** Health that processes share by way of Redis. */
export interface RedisHealthStore extends HealthStore {
  /** False while this process decides from its own memory. */
  readonly isShared: boolean
  /** Sends what is still to be told, for a second at most, and closes the connection. */
  close(): Promise<void>
}

/** Far above a round trip in one data centre, far below what a reader notices. */
const defaultLimitMs = 50

/** How long it decides alone before it asks whether Redis is back. */
const returnEveryMs = 250

/** How long `close` waits. */
const closeMs = 1_000

/**
 * Health behind Redis: breakers, waits, retry budgets, rates and quality of all processes that use the
 * same Redis and prefix. A decision takes one round trip. Where Redis is slow or away, each process goes
 * on from what it knows, and tells the others when it is back; creating the store does not need Redis
 * either.
 *
 * @throws INVALID_CONFIG for an address that is none, and where the package ioredis is not installed.
 *
 * @example
 * const store = await createRedisHealthStore({ connection: 'redis://localhost:6379' })
 * const model = protect(models, { health: createSharedHealth({ store }) })
 */
export async function createRedisHealthStore(
  options: RedisHealthOptions,
): Promise<RedisHealthStore> {
  checkOptions(options)
  const { connection, clock = systemClock } = options
  const store = { onDown: (_error: unknown) => {} }
  const link = await createRedisLink({ connection, clock, onDown: (error) => store.onDown(error) })
  const health = new RedisHealth(link, options)
  store.onDown = (error) => health.leaveAll(error)
  await health.open()
  return health.asStore()
}

function checkOptions({ connection, limitMs = defaultLimitMs }: RedisHealthOptions): void {
  if (!/^rediss?:\/\//.test(connection) || !URL.canParse(connection)) {
    const expected = 'an address such as redis://localhost:6379'
    throw invalidConfig('health', connectionAddress(connection), expected)
  }
  if (!(limitMs > 0)) throw invalidConfig('limitMs', limitMs, 'milliseconds above 0')
}

class RedisHealth {
  readonly #link: RedisLink
  readonly #options: RedisHealthOptions
  readonly #clock: Clock
  readonly #accounts = new Map<string, SharedAccount>()
  readonly #settingsNames = new WeakMap<HealthSettings, string>()
  readonly #surroundings: Surroundings
  readonly #processId = createSpanId().slice(0, 8)
  #operations = 0
  #isShared = true
  #cancelReturn: CancelTimer | undefined
  #isClosed = false

  constructor(link: RedisLink, options: RedisHealthOptions) {
    const { clock = systemClock, prefix = 'holdfast:health', limitMs = defaultLimitMs } = options
    this.#link = link
    this.#options = options
    this.#clock = clock
    this.#surroundings = {
      clock,
      limitMs,
      isUp: () => link.isUp,
      exchange: (account, request) => link.exchange(keysOf(prefix, account), request),
      nextId: () => this.#nextId(),
      onSlow: () => new Error(`It took longer than ${limitMs} ms.`),
      onLeave: (error) => this.#noteAway(error),
    }
  }

  /** Does not need Redis: where it is away, it is looked for later. */
  async open(): Promise<void> {
    try {
      await this.#link.check()
    } catch (error) {
      this.#noteAway(error)
    }
  }

  leaveAll(error: unknown): void {
    for (const account of this.#accounts.values()) account.leave(error)
    this.#noteAway(error)
  }

  asStore(): RedisHealthStore {
    const isShared = () => this.#isShared
    return {
      get isShared() {
        return isShared()
      },
      admit: (target, ask) =>
        after(this.#accountOf(target).decide(this.#tellOf(target, { do: 'admit', ask })), permitOf),
      settle: (target, permit, settlement) =>
        this.#accountOf(target).tell(
          // Only permits of this store come back to it.
          this.#tellOf(target, { do: 'settle', permit: permit as RecordPermit, settlement }),
        ),
      takeRetry: (target) =>
        after(this.#accountOf(target).decide(this.#tellOf(target, { do: 'retry' })), isTrue),
      reportQuality: (target, isValid) =>
        this.#accountOf(target).tell(this.#tellOf(target, { do: 'quality', isValid })),
      look: (target) => this.#look(target),
      close: () => this.#close(),
    }
  }

  #accountOf({ account }: HealthTarget): SharedAccount {
    const known = this.#accounts.get(account)
    if (known) return known
    const created = new SharedAccount(account, this.#surroundings)
    this.#accounts.set(account, created)
    return created
  }

  #tellOf(target: HealthTarget, what: What): Told {
    const { random = Math.random } = this.#options
    const { settings, onChange } = target
    const operation = {
      ...what,
      id: this.#nextId(),
      atMs: this.#clock.now() + this.#link.offsetMs,
      // Four digits are jitter enough.
      dice: Math.floor(random() * 10_000) / 10_000,
      key: target.key,
      settings: this.#nameOf(settings),
    }
    if (!onChange) return { operation, settings }
    const toOwnTime = -this.#link.offsetMs
    return {
      operation,
      settings,
      onChange: ({ from, to }) => onChange.call(target, { from, to: shift(to, toOwnTime) }),
    }
  }

  #look(target: HealthTarget): TargetState {
    const { offsetMs } = this.#link
    const state = this.#accountOf(target).look(target, this.#clock.now() + offsetMs)
    const { breaker, heldUntilMs } = state
    return {
      ...state,
      breaker: shift(breaker, -offsetMs),
      heldUntilMs: heldUntilMs === undefined ? undefined : heldUntilMs - offsetMs,
    }
  }

  #nameOf(settings: HealthSettings): string {
    const known = this.#settingsNames.get(settings)
    if (known !== undefined) return known
    const digest = createHash('sha256').update(JSON.stringify(settings)).digest('base64url')
    const name = digest.slice(0, 8)
    this.#settingsNames.set(settings, name)
    return name
  }

  #nextId(): string {
    return `${this.#processId}.${++this.#operations}`
  }

  #noteAway(error: unknown): void {
    if (this.#isClosed) return
    this.#returnLater()
    if (!this.#isShared) return
    this.#isShared = false
    const why = error === undefined ? 'It is not connected.' : messageOf(error)
    this.#log(
      'warn',
      'Redis does not answer, so each process knows the health of its models by itself for now.',
      why,
    )
  }

  #log(level: 'warn' | 'info', message: string, why?: string): void {
    const { telemetry = silentTelemetry, connection } = this.#options
    const location = connectionAddress(connection)
    telemetry.log(level, message, { location, ...(why !== undefined && { why }) })
  }

  #returnLater(): void {
    if (this.#cancelReturn || this.#isClosed) return
    this.#cancelReturn = this.#clock.setTimer(returnEveryMs, () => {
      this.#return().then(
        () => this.#noteReturned(),
        () => {
          this.#cancelReturn = undefined
          this.#returnLater()
        },
      )
    })
  }

  /** Rejects where Redis is not well yet. */
  async #return(): Promise<void> {
    const tookMs = await this.#link.check()
    if (tookMs > this.#surroundings.limitMs) throw this.#surroundings.onSlow()
    await Promise.all([...this.#accounts.values()].map((account) => account.rejoin()))
  }

  #noteReturned(): void {
    this.#cancelReturn = undefined
    const isAway = !this.#link.isUp || [...this.#accounts.values()].some(({ isAlone }) => isAlone)
    if (isAway) {
      this.#returnLater()
      return
    }
    this.#isShared = true
    this.#log('info', 'Redis answers again, and the processes share the health of their models.')
  }

  async #close(): Promise<void> {
    const untilMs = this.#clock.now() + closeMs
    const isBusy = () => [...this.#accounts.values()].some(({ isIdle }) => !isIdle)
    while (isBusy() && this.#link.isUp && this.#clock.now() < untilMs) await sleep(this.#clock, 5)
    this.#isClosed = true
    this.#cancelReturn?.()
    this.#link.close()
  }
}

type What<Operation = TargetOperation> = Operation extends TargetOperation
  ? Omit<Operation, 'id' | 'atMs' | 'dice' | 'key' | 'settings'>
  : never

/** Both keys of an account lie in one slot of a cluster. `1` is the version of what is in them. */
function keysOf(prefix: string, account: string): readonly [string, string] {
  const key = `${prefix}:1:{${encodeURIComponent(account)}}`
  return [`${key}:log`, `${key}:place`]
}

function after<T>(
  decision: Decision | Promise<Decision>,
  read: (decision: Decision) => T,
): T | Promise<T> {
  return decision instanceof Promise ? decision.then(read) : read(decision)
}

const isTrue = (decision: Decision): boolean => decision === true

/** Where nothing is known of a model, it is asked. */
function permitOf(decision: Decision): Exclude<Decision, boolean | undefined> {
  if (typeof decision === 'object') return decision
  return { admitted: true, pass: { passes: true, epoch: -1, serial: -1, probe: false } }
}

/** Moves the times in a breaker's state by `byMs`. */
function shift(state: BreakerState, byMs: number): BreakerState {
  switch (state.name) {
    case 'closed':
    case 'recovering':
      return { ...state, sinceMs: state.sinceMs + byMs }
    case 'open':
      return { ...state, untilMs: state.untilMs + byMs }
    case 'half-open': {
      const { probeSinceMs } = state
      return probeSinceMs === undefined ? state : { ...state, probeSinceMs: probeSinceMs + byMs }
    }
  }
}
