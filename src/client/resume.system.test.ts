import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { systemClock } from '../base/clock.ts'
import { createEventLog, type EventLog } from '../live/event-log.ts'
import {
  failed,
  type LiveServer,
  nextTurn,
  seededRandom,
  seqsOf,
  started,
  startLiveServer,
  textOf,
  token,
  until,
} from '../live/live.fixture.ts'
import { separate } from '../live/merge-entries.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createLiveClient, type LiveClient } from './live-client.ts'

/** A clock that makes the client's waits short. */
const hurried = {
  setTimer: (delayMs: number, callback: () => void) => systemClock.setTimer(delayMs / 20, callback),
}

const answers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
const tokensEach = 220
const textOfAnswer = (answerId: string): string =>
  Array.from({ length: tokensEach }, (_, index) => `${answerId}${index} `).join('')

let server: LiveServer | undefined
let clients: LiveClient[] = []
afterEach(async () => {
  for (const client of clients) client.close()
  clients = []
  await server?.close()
  server = undefined
})

/** How often a connection was cut. */
interface Cuts {
  count: number
}

/** Writes an answer at the pace of the cuts, so that they fall all over it. */
async function write(log: EventLog, answerId: string, cuts: Cuts): Promise<void> {
  const writer = log.writer(answerId, 1)
  writer.append(started(answerId))
  for (let count = 0; count < tokensEach; count++) {
    await until(() => cuts.count >= Math.floor(count / 5))
    await writer.append(token(`${answerId}${count} `))
    await nextTurn()
  }
  writer.append(failed)
  await writer.close()
}

async function follow(client: LiveClient, answerId: string): Promise<SequencedEvent[]> {
  const events: SequencedEvent[] = []
  for await (const event of client.follow(answerId)) events.push(event)
  return events
}

/** Cuts connections at random, in one of three ways, until it is told to stop. */
async function cutAtRandom(
  live: LiveServer,
  random: () => number,
  cuts: Cuts,
  over: () => boolean,
): Promise<void> {
  while (!over()) {
    await nextTurn()
    if (random() > 0.2) continue
    const connections = [...live.sockets, ...live.responses]
    const victim = connections[Math.floor(random() * connections.length)]
    if (!victim) continue
    cuts.count++
    if (!(victim instanceof WebSocket)) victim.destroy()
    else if (random() < 0.5) victim.terminate()
    else victim.close(1012)
  }
}

describe.each([
  { way: 'WebSocket', Socket: WebSocket },
  { way: 'server-sent events', Socket: null },
])('over $way', ({ Socket }) => {
  it.each([1, 2])(
    '2,200 tokens are followed through random cuts, seed %i',
    async (seed) => {
      const random = seededRandom(seed)
      const log = createEventLog({
        store: openMemoryStore().events,
        clock: systemClock,
        groupCommitMs: 0,
      })
      const live = await startLiveServer({ log })
      server = live
      clients = Array.from({ length: 4 }, () =>
        createLiveClient({ url: live.url, WebSocket: Socket, clock: hurried, random }),
      )
      let over = false
      const cuts: Cuts = { count: 0 }
      const cutting = cutAtRandom(live, random, cuts, () => over)
      const writing = answers.map((answerId) => write(log, answerId, cuts))
      const readings = await Promise.all(
        clients.flatMap((client) =>
          answers.map(async (answerId) => ({ answerId, events: await follow(client, answerId) })),
        ),
      )
      over = true
      await Promise.all([...writing, cutting])
      expect(cuts.count).toBeGreaterThan(40)
      expect(readings).toHaveLength(40)
      for (const { answerId, events } of readings) {
        const seqs = seqsOf(separate(events))
        expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1))
        expect(textOf(events)).toBe(textOfAnswer(answerId))
        expect(events.at(-1)?.event).toEqual(failed)
      }
    },
    20_000,
  )
})
