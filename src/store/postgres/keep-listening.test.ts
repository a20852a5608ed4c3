import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { storeUnavailable } from '../shared/store-error.ts'
import { keepListening } from './keep-listening.ts'
import type { Listener, Listening } from './listening.ts'

/** A server whose connections open, fail and are lost as the test says. */
function scriptedServer() {
  const clock = createFakeClock()
  const heard: string[] = []
  const openings: {
    readonly listener: Listener
    succeed(): void
    fail(): void
    closed: boolean
  }[] = []
  let connections = 0
  const listening = keepListening({
    clock,
    open: (listener) =>
      new Promise<Listening>((resolve, reject) => {
        const opening = {
          listener,
          closed: false,
          succeed: () =>
            resolve({
              async close() {
                opening.closed = true
              },
            }),
          fail: () => reject(storeUnavailable('postgres://db/app', 'it is away')),
        }
        openings.push(opening)
      }),
    heard: (payload) => heard.push(payload),
    connected: () => connections++,
  })
  return { clock, heard, openings, listening, connections: () => connections }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a listening connection', () => {
  test('hears once it is open', async () => {
    const { openings, listening, heard, connections } = scriptedServer()
    listening.start()
    openings[0]?.succeed()
    await settled()
    openings[0]?.listener.heard('x')
    expect([connections(), heard]).toEqual([1, ['x']])
    await listening.close()
    expect(openings[0]?.closed).toBe(true)
  })

  test('is made again a second after it is lost', async () => {
    const { clock, openings, listening, heard, connections } = scriptedServer()
    listening.start()
    openings[0]?.succeed()
    await settled()
    openings[0]?.listener.lost()
    await clock.advance(999)
    expect(openings).toHaveLength(1)
    await clock.advance(1)
    openings[1]?.succeed()
    await settled()
    openings[1]?.listener.heard('again')
    expect([connections(), heard]).toEqual([2, ['again']])
    await listening.close()
  })

  test('is tried each second while the server is away', async () => {
    const { clock, openings, listening, connections } = scriptedServer()
    listening.start()
    for (let attempt = 0; attempt < 3; attempt++) {
      openings[attempt]?.fail()
      await settled()
      await clock.advance(1_000)
    }
    openings[3]?.succeed()
    await settled()
    expect([openings.length, connections()]).toEqual([4, 1])
    await listening.close()
  })

  test('lost while it is handed over is made again', async () => {
    const { clock, openings, listening, connections } = scriptedServer()
    listening.start()
    openings[0]?.succeed()
    openings[0]?.listener.lost()
    await settled()
    expect(connections()).toBe(0)
    await clock.advance(1_000)
    expect(openings).toHaveLength(2)
    openings[1]?.fail()
    await listening.close()
  })
})

describe('stopping', () => {
  test('while it opens closes what was opened', async () => {
    const { openings, listening, connections, heard } = scriptedServer()
    listening.start()
    listening.stop()
    openings[0]?.succeed()
    openings[0]?.listener.heard('late')
    await listening.close()
    expect(openings[0]?.closed).toBe(true)
    expect([connections(), heard]).toEqual([0, []])
  })

  test('while it waits leaves no timer', async () => {
    const { clock, openings, listening } = scriptedServer()
    listening.start()
    openings[0]?.fail()
    await settled()
    expect(clock.pendingTimers).toBe(1)
    listening.stop()
    expect(clock.pendingTimers).toBe(0)
    await listening.close()
  })

  test('and starting again opens another', async () => {
    const { openings, listening, heard } = scriptedServer()
    listening.start()
    listening.stop()
    listening.start()
    openings[0]?.succeed()
    openings[1]?.succeed()
    await settled()
    expect(openings.map(({ closed }) => closed)).toEqual([true, false])
    openings[1]?.listener.heard('x')
    expect(heard).toEqual(['x'])
    await listening.close()
  })
})
