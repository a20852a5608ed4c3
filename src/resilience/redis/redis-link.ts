import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { CancelTimer, Clock } from '../../base/clock.ts'
import { connectionAddress } from '../../base/connection-address.ts'
import { HoldfastError } from '../../base/errors.ts'
import {
  type ExchangeReply,
  type ExchangeRequest,
  exchangeArguments,
  exchangeScript,
  readReply,
} from './exchange-script.ts'

/** A connection to Redis that says at once when it cannot serve. It reconnects by itself. */
export interface RedisLink {
  readonly isUp: boolean
  /** What to add to the clock of this process to get the time of Redis, which all processes share. */
  readonly offsetMs: number
  /** Connects where it is not, and asks for an answer: resolves to the milliseconds that it took. */
  check(): Promise<number>
  exchange(keys: readonly [string, string], request: ExchangeRequest): Promise<ExchangeReply>
  close(): void
}

export interface RedisLinkOptions {
  readonly connection: string
  readonly clock: Clock
  onDown(error: unknown): void
}

/** A Redis that does not answer for so long is connected to anew: the connection may be dead. */
const deadAfterMs = 1_000

const offsetSamples = 5

/** By how much clocks that are set by the network usually differ. */
const clockDriftMs = 10

const scriptHash = createHash('sha1').update(exchangeScript).digest('hex')

/** @throws INVALID_CONFIG where the package ioredis is not installed. */
export async function createRedisLink(options: RedisLinkOptions): Promise<RedisLink> {
  const { Redis } = await loadClient()
  const client = new Redis(options.connection, {
    lazyConnect: true,
    connectTimeout: deadAfterMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 50, 500),
    connectionName: 'holdfast-health',
  })
  return linkTo(client, options)
}

async function loadClient(): Promise<Pick<typeof import('ioredis'), 'Redis'>> {
  try {
    return await import('ioredis')
  } catch (error) {
    throw new HoldfastError(
      'INVALID_CONFIG',
      'Health behind Redis needs the package ioredis, which is not installed. Run: npm install ioredis@6',
      { option: 'health', value: 'ioredis' },
      { cause: error },
    )
  }
}

function linkTo(client: Redis, { connection, clock, onDown }: RedisLinkOptions): RedisLink {
  let isUp = false
  let offsetMs = 0
  let lastError: unknown

  function goDown(error: unknown): void {
    if (!isUp) return
    isUp = false
    onDown(error)
  }

  /** Waits for an answer, but not for ever; a connection that gives none is given up. */
  function answered<T>(asked: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel: CancelTimer = clock.setTimer(deadAfterMs, () => {
        const error = new Error(`${connectionAddress(connection)} gave no answer for 1 s.`)
        reject(error)
        goDown(error)
        client.disconnect(true)
      })
      asked.finally(cancel).then(resolve, reject)
    })
  }

  /**
   * The round trip that took least tells most (as in NTP, RFC 5905): Redis read its clock somewhere within
   * it. Where no difference can be told for certain there is none, which is the rule for machines that
   * keep their time; so their processes agree to the millisecond.
   */
  async function measureOffset(): Promise<number> {
    let best = { tookMs: Number.POSITIVE_INFINITY, offsetMs: 0 }
    for (let sample = 0; sample < offsetSamples; sample++) {
      const sentAtMs = clock.now()
      const [seconds, micros] = await answered(client.time())
      const tookMs = clock.now() - sentAtMs
      const redisMs = Number(seconds) * 1_000 + Number(micros) / 1_000
      if (tookMs < best.tookMs) best = { tookMs, offsetMs: redisMs - sentAtMs - tookMs / 2 }
    }
    const isCertain = Math.abs(best.offsetMs) > best.tookMs / 2 + clockDriftMs
    return isCertain ? Math.round(best.offsetMs) : 0
  }

  async function prepare(): Promise<void> {
    offsetMs = await measureOffset()
    await answered(client.script('LOAD', exchangeScript))
    isUp = true
  }

  client.on('error', (error: unknown) => {
    lastError = error
  })
  client.on('close', () => goDown(lastError ?? new Error('The connection was closed.')))

  return {
    get isUp() {
      return isUp
    },
    get offsetMs() {
      return offsetMs
    },
    async check() {
      if (client.status === 'wait' || client.status === 'end') await client.connect()
      if (client.status !== 'ready') throw lastError ?? new Error(`It is ${client.status}.`)
      if (!isUp) await prepare()
      const sentAtMs = clock.now()
      await answered(client.ping())
      return clock.now() - sentAtMs
    },
    async exchange(keys, request) {
      try {
        const asked = client.evalsha(scriptHash, 2, ...keys, ...exchangeArguments(request))
        return readReply(await answered(asked))
      } catch (error) {
        // It may have lost the script, or may not write: all is looked at again before it is used.
        goDown(error)
        throw error
      }
    },
    close() {
      isUp = false
      client.disconnect()
    },
  }
}
