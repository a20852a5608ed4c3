/**
 * Tells watchers which event logs have grown, whichever process wrote them.
 *
 * What this process committed is told at once, and sent to the others as a notification. What others
 * committed is heard the same way, within milliseconds. Notifications are lost when a process or a
 * connection dies, so a poll looks as well, and so does each new connection. A look reads what has
 * grown since the look before; the first one reaches back to the end of the time in which nobody
 * watched, so that nothing falls between being asked to watch and being able to.
 */
import type { CancelTimer, Clock } from '../../base/clock.ts'
import { isHoldfastError } from '../../base/errors.ts'
import { createWatchers, type GrownLog, type OnGrowth, pollMs } from '../shared/watchers.ts'
import type { GrowthCursor } from './event-fence.ts'
import { createGrowthNotifier, fromPayload } from './growth-notifier.ts'
import { keepListening } from './keep-listening.ts'
import type { Listener, Listening } from './listening.ts'

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
  /** From where the first look looks. */
  readonly cursor: GrowthCursor
  look(
    cursor: GrowthCursor,
  ): Promise<{ readonly cursor: GrowthCursor; readonly grown: readonly GrownLog[] }>
  listen(listener: Listener): Promise<Listening>
  notify(payloads: readonly string[]): Promise<void>
}

export function createGrowthWatch(options: GrowthWatchOptions): GrowthWatch {
  const { clock } = options
  let cursor = options.cursor
  let looking: Promise<void> | undefined
  let lookAgain = false
  let cancelPoll: CancelTimer | undefined
  let watched = false
  // What was told since the look before the last: a look finds again what was heard of meanwhile.
  let told = new Map<string, number>()
  let toldBefore = new Map<string, number>()

  const tell = (grown: GrownLog): void => {
    const { answerId, lastSeq } = grown
    // A log that is announced may be empty.
    const known = told.get(answerId) ?? toldBefore.get(answerId) ?? -1
    if (known < lastSeq) watchers.tell(grown)
    told.set(answerId, Math.max(known, lastSeq))
  }

  async function lookOnce(): Promise<void> {
    const found = await options.look(cursor)
    cursor = found.cursor
    toldBefore = told
    told = new Map()
    for (const grown of found.grown) tell(grown)
  }

  async function lookUntilSeen(): Promise<void> {
    do {
      lookAgain = false
      await unlessUnavailable(lookOnce())
    } while (lookAgain)
    looking = undefined
  }

  const look = (): void => {
    lookAgain = true
    looking ??= lookUntilSeen()
  }

  const poll = (): void => {
    cancelPoll = clock.setTimer(pollMs, () => {
      look()
      poll()
    })
  }

  const listening = keepListening({
    clock,
    open: (listener) => options.listen(listener),
    heard(payload) {
      const grown = fromPayload(payload)
      if (grown) tell(grown)
      else look()
    },
    connected: look,
  })
  const notifier = createGrowthNotifier((payloads) => unlessUnavailable(options.notify(payloads)))

  const watchers = createWatchers(
    () => {
      watched = true
      look()
      poll()
      listening.start()
    },
    () => {
      watched = false
      cancelPoll?.()
      listening.stop()
    },
  )

  return {
    watch: watchers.watch,
    announce(grown) {
      // Without watchers there are no looks either, and what was told would pile up.
      if (watched) tell(grown)
      notifier.announce(grown)
    },
    async close() {
      watchers.clear()
      await Promise.all([listening.close(), notifier.close(), looking])
    },
  }
}

/** What failed is done again by the next poll, or made up for by it. */
async function unlessUnavailable(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isHoldfastError(error, 'STORE_UNAVAILABLE')) throw error
  }
}
