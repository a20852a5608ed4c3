import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'
import { TimerQueue } from './timer-queue.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

let clock: VirtualClock
let startedAtMs: number
const open: { close(): void }[] = []

beforeEach(() => {
  clock = createVirtualClock()
  startedAtMs = clock.now()
})

afterEach(() => {
  for (const each of open.splice(0)) each.close()
  clock.close()
})

const elapsed = () => clock.now() - startedAtMs

async function serve(
  answer: (incoming: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1')
  open.push({
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The body of an answer, with the virtual time at which each piece came. */
function get(port: number): Promise<{ body: string; at: number[] }> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false }, (response) => {
      const at: number[] = []
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
        at.push(elapsed())
      })
      response.on('end', () => resolve({ body, at }))
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

describe('createVirtualClock', () => {
  it('takes no real time to wait', async () => {
    const realMs = performance.now()
    await sleep(clock, 3_600_000)
    expect(elapsed()).toBe(3_600_000)
    expect(performance.now() - realMs).toBeLessThan(1_000)
  })

  it('fires timers by time, then by age', async () => {
    const fired: string[] = []
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
      ['now', 0],
    ] as const) {
      clock.setTimer(ms, () => fired.push(`${name}@${elapsed()}`))
    }
    await sleep(clock, 40)
    expect(fired).toEqual(['now@0', 'a@10', 'b@10', 'c@30'])
  })

  it('lets promises and immediates run out first', async () => {
    const seen: string[] = []
    clock.setTimer(1, async () => {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      seen.push(`chain@${elapsed()}`)
    })
    clock.setTimer(2, () => seen.push(`timer@${elapsed()}`))
    await sleep(clock, 3)
    expect(seen).toEqual(['chain@1', 'timer@2'])
  })

  it('holds time while a file is being read', async () => {
    clock.setTimer(5, () => undefined)
    await readFile(import.meta.filename)
    expect(elapsed()).toBe(0)
  })

  it('keeps no cancelled timer', async () => {
    const cancel = clock.setTimer(10, () => expect.unreachable())
    cancel()
    cancel()
    expect(clock.pendingTimers).toBe(0)
    await sleep(clock, 20)
    expect(clock.pendingTimers).toBe(0)
  })

  it('measures an exchange over a socket exactly', async () => {
    const port = await serve((_incoming, response) => {
      clock.setTimer(20, () => response.write('one'))
      clock.setTimer(50.25, () => response.write('two'))
      clock.setTimer(145.5, () => response.end('three'))
    })
    expect(await get(port)).toEqual({ body: 'onetwothree', at: [20, 50.25, 145.5] })
  })

  it('stands still while a large body is carried', async () => {
    const size = 20 * 1024 * 1024
    const port = await serve((_incoming, response) => {
      clock.setTimer(10, () => response.end(Buffer.alloc(size, 'x')))
    })
    clock.setTimer(10.5, () => undefined)
    const { body, at } = await get(port)
    expect(body.length).toBe(size)
    expect(new Set(at)).toEqual(new Set([10]))
  })

  it('gives the same figures for many at once', async () => {
    const port = await serve((incoming, response) => {
      const ms = Number(incoming.headers['x-delay'] ?? 7)
      clock.setTimer(ms, () => response.end('ok'))
    })
    const answers = await Promise.all(Array.from({ length: 100 }, () => get(port)))
    expect(new Set(answers.flatMap(({ at }) => at))).toEqual(new Set([7]))
  })

  it('notices the reset of a connection without a timer', async () => {
    const port = await serve((incoming) => {
      clock.setTimer(30, () => incoming.socket.resetAndDestroy())
    })
    clock.setTimer(31, () => undefined)
    await expect(get(port)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(elapsed()).toBe(30)
  })

  it('does not wait for bytes that nobody reads', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.write(Buffer.alloc(32 * 1024 * 1024))
    }).listen(0, '127.0.0.1')
    open.push(server)
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    open.push({ close: () => socket.destroy() })
    socket.pause()
    await once(socket, 'connect')
    const realMs = performance.now()
    await sleep(clock, 60_000)
    expect(performance.now() - realMs).toBeLessThan(1_000)
  })

  it('goes on after a timer that throws', async () => {
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const thrown = once(process, 'uncaughtException')
    clock.setTimer(1, () => {
      throw new Error('thrown by a timer')
    })
    const after = sleep(clock, 2)
    const [error] = await thrown
    await after
    for (const listener of listeners) process.on('uncaughtException', listener)
    expect(error).toMatchObject({ message: 'thrown by a timer' })
    expect(elapsed()).toBe(2)
  })
})

describe('TimerQueue', () => {
  it('gives timers in the order of a stable sort', () => {
    const operation = fc.record({ at: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() })
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const queue = new TimerQueue()
        const timers = operations.map(({ at }) => queue.add(at, () => undefined))
        operations.forEach(({ cancelled }, index) => {
          const timer = timers[index]
          if (cancelled && timer) queue.cancel(timer)
        })
        const expected = operations
          .map(({ at, cancelled }, order) => ({ at, order, cancelled }))
          .filter(({ cancelled }) => !cancelled)
          .sort((a, b) => a.at - b.at)
          .map(({ order }) => order)
        expect(queue.size).toBe(expected.length)
        const taken: number[] = []
        for (let timer = queue.takeFirst(); timer; timer = queue.takeFirst()) {
          taken.push(timer.order)
        }
        expect(taken).toEqual(expected)
        expect(queue.size).toBe(0)
      }),
    )
  })
})
