/**
 * Tells watchers which event logs have grown, whichever process wrote them.
 *
 * What this process wrote is told at once. What any process writes is published in the step that writes
 * it, and heard within milliseconds. While the connection that hears is away, nothing is: so each growth
 * has a number, and a poll, each new connection and each number that was passed over look for what has
 * grown since the last number heard.
 */
import type { Redis } from 'ioredis'
import type { CancelTimer, Clock } from '../../base/clock.ts'
import { isHoldfastError } from '../../base/errors.ts'
import { createWatchers, type GrownLog, type OnGrowth, pollMs } from '../shared/watchers.ts'

export interface GrowthWatch {
  /** Adds a watcher and returns how to remove it. */
  watch(onGrowth: OnGrowth): () => void
  /** Tells of a log that this process has grown. */
  announce(grown: GrownLog): void
  /** Removes all watchers, and resolves when nothing is under way any more. */
  close(): Promise<void>
}

export interface GrowthWatchOptions {
  readonly clock: Clock
  readonly channel: string
  /** The number of the newest growth when the store was opened. */
  readonly seen: number
  /** Makes a connection of its own to hear with. */
  readonly openListener: () => Redis
  /** What has grown after that number, and the newest number. */
  look(seen: number): Promise<{ readonly seen: number; readonly grown: readonly GrownLog[] }>
}

export function createGrowthWatch(options: GrowthWatchOptions): GrowthWatch {
  const { clock, channel } = options
  let seen = options.seen
  let listener: Redis | undefined
  let looking: Promise<void> | undefined
  let lookAgain = false
  let cancelPoll: CancelTimer | undefined

  function look(): void {
    lookAgain = true
    looking ??= lookUntilSeen()
  }

  async function lookUntilSeen(): Promise<void> {
    while (lookAgain) {
      lookAgain = false
      await lookOnce()
    }
    looking = undefined
  }

  async function lookOnce(): Promise<void> {
    try {
      const found = await options.look(seen)
      seen = found.seen
      for (const grown of found.grown) watchers.tell(grown)
    } catch (error) {
      // The next poll looks again; who reads the log meets the error itself.
      if (!isHoldfastError(error, 'STORE_UNAVAILABLE')) throw error
    }
  }

  function hear(message: string): void {
    const heard = fromMessage(message)
    if (!heard) return
    // Only the very next number may be passed over: one before it has not been heard.
    if (heard.number === seen + 1) seen = heard.number
    else if (heard.number > seen) look()
    watchers.tell(heard)
  }

  function poll(): void {
    cancelPoll = clock.setTimer(pollMs, () => {
      look()
      poll()
    })
  }

  /** The connection is made again by itself, and what was not heard meanwhile is found by the poll. */
  function leaveToPoll(): void {}

  function listen(): Redis {
    const client = options.openListener()
    client.on('error', leaveToPoll)
    client.on('message', (_channel: string, message: string) => hear(message))
    client.on('ready', () => {
      void client.subscribe(channel).then(look, leaveToPoll)
    })
    client.connect().catch(leaveToPoll)
    return client
  }

  const watchers = createWatchers(
    () => {
      listener = listen()
      look()
      poll()
    },
    () => {
      cancelPoll?.()
      listener?.disconnect()
      listener = undefined
    },
  )

  return {
    watch: watchers.watch,
    announce: watchers.tell,
    async close() {
      watchers.clear()
      await looking
    },
  }
}

/** Undefined where it is no message of ours. */
function fromMessage(message: string): (GrownLog & { readonly number: number }) | undefined {
  const [, number, lastSeq, answerId] = /^(\d+) (\d+) (.+)$/s.exec(message) ?? []
  if (!answerId) return undefined
  return { number: Number(number), lastSeq: Number(lastSeq), answerId }
}
