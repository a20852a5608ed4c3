import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Clock, systemClock } from '../base/clock.ts'
import { isHoldfastError } from '../base/errors.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { EventStore, SequencedEvent } from '../store/event-store.ts'
import type { SqliteStore } from '../store/open-sqlite-store.ts'
import { type AnswerGroups, createAnswerGroups } from './answer-groups.ts'
import { createArrivals } from './arrivals.ts'
import { type CursorFacts, cursorOf } from './cursor.ts'
import type { EventLog } from './event-log.ts'
import { serveLiveEvents, serveLiveGroupEvents } from './live-events.ts'
import { type LiveSocketOptions, serveLiveSocket } from './live-socket.ts'

/** What the tests of this folder and of the client share. */

export const token = (text: string): AnswerEvent => ({ type: 'text-delta', text })

export const started = (answerId: string, run = 1): AnswerEvent => ({
  type: 'answer-started',
  answerId,
  pipeline: 'onboarding',
  traceId: '0'.repeat(32),
  run,
})

/** A last event; of the two kinds the one that needs fewer words. */
export const failed: AnswerEvent = {
  type: 'answer-failed',
  error: { code: 'NO_ANSWER', message: 'No model answered.' },
}

export const textOf = (events: readonly SequencedEvent[]): string =>
  events.map(({ event }) => (event.type === 'text-delta' ? event.text : '')).join('')

export const seqsOf = (events: readonly SequencedEvent[]): number[] => events.map(({ seq }) => seq)

/** Everything that a subscription brings until it ends. */
export async function collect(
  lots: AsyncIterable<readonly SequencedEvent[]>,
): Promise<SequencedEvent[]> {
  const all: SequencedEvent[] = []
  for await (const events of lots) all.push(...events)
  return all
}

/** The same store, counting what is asked of it. */
export function countCalls(store: EventStore) {
  const counts = { appends: 0, reads: 0, watchers: 0 }
  const counted: EventStore = {
    ...store,
    append(batches) {
      counts.appends++
      return store.append(batches)
    },
    read(answerId, afterSeq, limit) {
      counts.reads++
      return store.read(answerId, afterSeq, limit)
    },
    reopen: (answerId) => store.reopen(answerId),
    watch(onGrowth) {
      counts.watchers++
      const stop = store.watch(onGrowth)
      return () => {
        counts.watchers--
        stop()
      }
    },
  }
  return { store: counted, counts }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One turn of the event loop: input and output that is ready is handled. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Turns of the event loop until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn()
}

/** Groups over the stores of one database. */
export function openGroups(
  store: Pick<SqliteStore, 'answers' | 'conversations' | 'events'>,
  log: Pick<EventLog, 'subscribe'>,
  clock: Clock,
): AnswerGroups {
  const fail = (error: unknown) => {
    throw error
  }
  const arrivals = createArrivals({ ...store, onError: fail })
  return createAnswerGroups({ ...store, log, arrivals, clock })
}

/** For tests in which nobody follows a group. */
export const noGroups: AnswerGroups = {
  // biome-ignore lint/correctness/useYield: it is never to be asked.
  async *follow() {
    throw new Error('No groups here.')
  },
}

export interface LiveServer {
  readonly url: string
  readonly sockets: ReadonlySet<WebSocket>
  readonly responses: ReadonlySet<ServerResponse>
  /** What is being served now, as promises that the serving functions returned. */
  readonly serving: ReadonlySet<Promise<void>>
  close(): Promise<void>
}

export interface LiveServerOptions extends Partial<Omit<LiveSocketOptions, 'log'>> {
  readonly log: EventLog
  readonly clock?: Clock
  /** Refuses every WebSocket, as some proxies do. */
  readonly refuseSockets?: boolean
}

/** A server on loopback with the three routes that the client knows. */
export async function startLiveServer(options: LiveServerOptions): Promise<LiveServer> {
  const {
    log,
    clock = systemClock,
    authorize = () => true,
    refuseSockets = false,
    groups = noGroups,
  } = options
  const sockets = new Set<WebSocket>()
  const responses = new Set<ServerResponse>()
  const serving = new Set<Promise<void>>()

  const keep = (work: Promise<void>, done: () => void) => {
    const kept = work.finally(() => {
      serving.delete(kept)
      done()
    })
    serving.add(kept)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://loopback')
    const [, , kind, id = '', route] = url.pathname.split('/')
    if (route === 'cancel') {
      options.cancel?.(id)
      response.writeHead(202).end()
      return
    }
    const lastEventId = String(request.headers['last-event-id'] ?? '')
    const startingAfter = url.searchParams.get('starting_after') ?? undefined
    const target = kind === 'conversations' ? { conversationId: id } : { answerId: id }
    responses.add(response)
    keep(serveEvents(response, target, { lastEventId, startingAfter }), () =>
      responses.delete(response),
    )
  })

  async function serveEvents(
    response: ServerResponse,
    target: { readonly answerId: string } | { readonly conversationId: string },
    place: CursorFacts,
  ): Promise<void> {
    if (!(await authorize(target, 'subscribe'))) {
      response.writeHead(403).end()
      return
    }
    try {
      if ('answerId' in target) {
        await serveLiveEvents(response, { ...target, log, clock, afterSeq: cursorOf(place) })
        return
      }
      const startingAfter = place.lastEventId || place.startingAfter
      const after = startingAfter === undefined ? {} : { startingAfter }
      await serveLiveGroupEvents(response, { groups, clock, group: target, ...after })
    } catch (error) {
      response.writeHead(isHoldfastError(error, 'NOT_FOUND') ? 404 : 400).end()
    }
  }

  const upgrades = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, stream, head) => {
    if (refuseSockets) {
      stream.destroy()
      return
    }
    upgrades.handleUpgrade(request, stream, head, (socket) => {
      sockets.add(socket)
      keep(serveLiveSocket(socket, { authorize, clock, groups, ...options }), () =>
        sockets.delete(socket),
      )
    })
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    responses,
    serving,
    async close() {
      for (const socket of sockets) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await Promise.all(serving)
    },
  }
}
