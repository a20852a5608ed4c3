import type { WebSocket } from 'ws'
import { untilAborted } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { closeAboveBytes, pauseAboveBytes, stuckMs } from './live-limits.ts'

/** Sends on a socket and knows whether the other side keeps up. */
export interface SocketSender {
  /** Events are sent only while there is room; what answers a request is sent at once. */
  readonly hasRoom: boolean
  /** Resolves when there is room again; rejects with the signal's reason. */
  room(signal: AbortSignal): Promise<void>
  send(text: string): void
  /** Frees the timer. */
  release(): void
}

/** `onOverrun` is called once when the reader is too slow to keep. */
export function createSocketSender(
  socket: WebSocket,
  clock: Clock,
  onOverrun: () => void,
): SocketSender {
  let pause: { readonly over: PromiseWithResolvers<void>; cancelStuck(): void } | undefined
  let largest = 0
  let isDone = false

  function giveUp(): void {
    if (!isDone) onOverrun()
    isDone = true
  }

  function checkRoom(): void {
    const isFull = socket.bufferedAmount > pauseAboveBytes
    if (isFull) {
      pause ??= { over: Promise.withResolvers(), cancelStuck: clock.setTimer(stuckMs, giveUp) }
    } else if (pause) {
      pause.cancelStuck()
      pause.over.resolve()
      pause = undefined
    }
  }

  return {
    get hasRoom() {
      return pause === undefined
    },
    async room(signal) {
      if (pause) await untilAborted(pause.over.promise, signal)
    },
    send(text) {
      if (isDone || socket.readyState !== socket.OPEN) return
      // One event may be larger than any bound; it alone is no sign of a slow reader.
      largest = Math.max(largest, text.length)
      if (socket.bufferedAmount > closeAboveBytes + largest) {
        giveUp()
        return
      }
      // The callback comes when the frame has left the process, or never will: both make room.
      socket.send(text, checkRoom)
      checkRoom()
    },
    release() {
      isDone = true
      pause?.cancelStuck()
    },
  }
}
