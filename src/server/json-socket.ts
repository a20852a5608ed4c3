import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { every } from '../live/every.ts'
import { heartbeatMs, missesUntilDead } from '../live/live-limits.ts'
import { createSocketSender } from '../live/socket-sender.ts'

/** A WebSocket on which both sides say JSON, one value a message. */
export interface JsonSocket {
  /** Aborts when the socket is closed. */
  readonly signal: AbortSignal
  /** Says something, after waiting for room: what waits for a slow reader stays where it comes from. */
  say(message: object, signal?: AbortSignal): Promise<void>
  close(code: number, reason: string): void
}

export interface JsonSocketOptions {
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Answers a message. Messages are not held back while it works; what it throws closes the socket. */
  hear(message: unknown, socket: JsonSocket): Promise<void>
}

/** RFC 6455, section 7.4.1, and the registry of close codes. */
const closeCodes = { invalidData: 1_007, serverError: 1_011, tryAgainLater: 1_013 } as const

/**
 * Serves a socket until it is closed and all that was held for it is freed. One whose other side is
 * dead, or takes nothing for long, is given up.
 */
export async function serveJsonSocket(
  webSocket: WebSocket,
  { clock, telemetry, hear }: JsonSocketOptions,
): Promise<void> {
  const closed = new AbortController()
  const tasks = new Set<Promise<void>>()
  let unansweredPings = 0
  const sender = createSocketSender(webSocket, clock, () =>
    webSocket.close(closeCodes.tryAgainLater, 'slow reader'),
  )
  const socket: JsonSocket = {
    signal: closed.signal,
    async say(message, signal = closed.signal) {
      while (!sender.hasRoom) await sender.room(signal)
      sender.send(JSON.stringify(message))
    },
    close: (code, reason) => webSocket.close(code, reason),
  }

  function onMessage(data: RawData): void {
    unansweredPings = 0
    const message = parse(data.toString())
    if (!message) {
      socket.close(closeCodes.invalidData, 'not JSON')
      return
    }
    const task = hear(message.value, socket)
      .catch((error: unknown) => {
        if (closed.signal.aborted) return
        telemetry.log('error', 'A message on a socket could not be answered.', {}, error)
        socket.close(closeCodes.serverError, 'the server failed')
      })
      .finally(() => tasks.delete(task))
    tasks.add(task)
  }

  const stopHeartbeat = every(clock, heartbeatMs, () => {
    if (unansweredPings++ >= missesUntilDead) webSocket.terminate()
    else webSocket.ping()
  })
  await new Promise<void>((resolve) => {
    webSocket
      .on('message', onMessage)
      .on('pong', () => {
        unansweredPings = 0
      })
      .on('error', (error) =>
        telemetry.log('debug', 'A socket broke.', { reason: messageOf(error) }),
      )
      .once('close', () => resolve())
  })
  stopHeartbeat()
  sender.release()
  closed.abort(new DOMException('The socket is closed.', 'AbortError'))
  await Promise.all(tasks)
}

/** Undefined for what is not JSON. */
function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
