/**
 * Measures how long a token takes from the moment it is appended to the moment a client in another
 * process has it: over 50 streams of 50 tokens a second, and from one stream to 1,000 sockets, with and
 * without one that does not read; on SQLite and on Redis in one run.
 *
 * Usage: node bench/push.ts [--seconds 10] [--streams 50] [--rate 50] [--sockets 1000]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import WebSocket from 'ws'
import { startRedis } from '../scripts/redis.ts'
import { sleep, systemClock } from '../src/base/clock.ts'
import { createEventLog, type EventLog } from '../src/live/event-log.ts'
import { noGroups, startLiveServer } from '../src/live/live.fixture.ts'
import { openRedisEvents } from '../src/store/open-redis-events.ts'
import { openSqliteStore } from '../src/store/open-sqlite-store.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    streams: { type: 'string', default: '50' },
    rate: { type: 'string', default: '50' },
    sockets: { type: 'string', default: '1000' },
    serve: { type: 'string' },
  },
})
const seconds = Number(values.seconds)

/** Tokens a second of the one stream that all sockets follow. */
const fanOutRate = 10

interface Order {
  readonly answers: readonly string[]
  readonly rate: number
  /** Writes 20 MB at once instead, for the reader that does not read. */
  readonly isLarge?: boolean
}

/** The process that writes and pushes; it takes orders by line, and answers each with its CPU time. */
async function serve(target: string): Promise<void> {
  const store = target.startsWith('redis:')
    ? await openRedisEvents({ connection: target })
    : openSqliteStore({ path: target }).events
  const log = createEventLog({ store, clock: systemClock })
  const server = await startLiveServer({ log, groups: noGroups })
  console.log(server.url)
  for await (const line of createInterface({ input: process.stdin })) {
    const before = process.cpuUsage()
    await write(log, JSON.parse(line))
    const { user, system } = process.cpuUsage(before)
    console.log(JSON.stringify({ cpuMs: (user + system) / 1_000 }))
  }
}

/** Each token is the time at which it was appended. */
async function write(log: EventLog, { answers, rate, isLarge }: Order): Promise<void> {
  const writers = answers.map((answerId) => log.writer(answerId, 1))
  const startedAtMs = systemClock.now()
  if (isLarge) {
    for (let count = 0; count < 1_000; count++) {
      await writers[0]?.append({ type: 'field', path: ['x', count], value: 'x'.repeat(20_000) })
    }
  }
  for (let count = 0; count < rate * seconds; count++) {
    for (const [index, writer] of writers.entries()) {
      // Spread over the interval, as streams of different users are.
      const dueMs = startedAtMs + ((count + index / writers.length) * 1_000) / rate
      const waitMs = dueMs - systemClock.now()
      if (waitMs > 1) await sleep(systemClock, waitMs)
      await writer.append({ type: 'text-delta', text: `${systemClock.now()} ` })
    }
  }
  const error = { code: 'CANCELLED', message: 'The bench ends it.' }
  for (const writer of writers) {
    writer.append({ type: 'answer-failed', error })
    await writer.flush()
  }
}

interface Served {
  readonly url: string
  readonly child: ChildProcess
  order(order: Order): Promise<{ readonly cpuMs: number }>
}

async function startServing(target: string): Promise<Served> {
  const program = join(import.meta.dirname, 'push.ts')
  const args = [program, '--serve', target, '--seconds', values.seconds]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  return {
    url: await nextLine(),
    child,
    async order(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      return JSON.parse(await nextLine())
    },
  }
}

interface Follower {
  readonly latencies: number[]
  readonly ended: Promise<void>
  close(): void
}

/** Follows an answer over a socket of its own, and notes how old each token is. */
async function follow(url: string, answerId: string): Promise<Follower> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/live`)
  const latencies: number[] = []
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.send(JSON.stringify({ type: 'subscribe', answerId }))
  const ended = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const now = systemClock.now()
      const message = JSON.parse(data.toString())
      if (message.type === 'end') resolve()
      for (const { event } of message.events ?? []) {
        if (event.type !== 'text-delta') continue
        for (const stamp of event.text.trim().split(' ')) {
          latencies.push(now - Number.parseFloat(stamp))
        }
      }
    })
  })
  return { latencies, ended, close: () => socket.terminate() }
}

async function measure(served: Served, order: Order, followers: readonly Follower[]) {
  const { cpuMs } = await served.order(order)
  await Promise.all(followers.map(({ ended }) => ended))
  const all = followers.flatMap(({ latencies }) => latencies).toSorted((a, b) => a - b)
  for (const follower of followers) follower.close()
  return { ...quantiles(all), count: all.length, cpuMs }
}

function quantiles(sorted: readonly number[]) {
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

function report(name: string, { p50, p99, count, cpuMs }: Awaited<ReturnType<typeof measure>>) {
  const ms = (value: number) => `${value.toFixed(1)} ms`.padStart(9)
  const cpu = ((cpuMs / count) * 1_000).toFixed(0).padStart(5)
  console.log(
    `  ${name.padEnd(34)} p50 ${ms(p50)}  p99 ${ms(p99)}  ${String(count).padStart(7)} tokens  ${cpu} µs CPU each`,
  )
}

async function run(name: string, target: string): Promise<void> {
  const served = await startServing(target)
  const { url } = served
  const cleanUp: (() => unknown)[] = [() => served.child.kill()]
  try {
    console.log(`\n${name} (load ${loadavg()[0]?.toFixed(1)})`)
    const answers = Array.from({ length: Number(values.streams) }, (_, index) => `s${index}`)
    const streams = await Promise.all(answers.map((answerId) => follow(url, answerId)))
    const rate = Number(values.rate)
    report(
      `${answers.length} streams, ${rate} tokens/s`,
      await measure(served, { answers, rate }, streams),
    )
    for (const isStuck of [false, true]) {
      const answerId = `fan-${isStuck}`
      const order = { answers: [answerId], rate: fanOutRate }
      if (isStuck) cleanUp.push(await openStuck(served))
      const followers = await Promise.all(
        Array.from({ length: Number(values.sockets) }, () => follow(url, answerId)),
      )
      const beside = isStuck ? ', one more that is stuck' : ''
      report(`1 to ${followers.length} sockets${beside}`, await measure(served, order, followers))
    }
  } finally {
    for (const clean of cleanUp) clean()
  }
}

/** A socket that asks for 20 MB and reads nothing of it. */
async function openStuck({ url, order }: Served): Promise<() => void> {
  await order({ answers: ['large'], rate: 0, isLarge: true })
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/live`)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.pause()
  socket.send(JSON.stringify({ type: 'subscribe', answerId: 'large' }))
  return () => socket.terminate()
}

if (values.serve !== undefined) {
  await serve(values.serve)
} else {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const redis = await startRedis()
  try {
    await run('SQLite', join(folder, 'events.db'))
    await run('Redis', redis.url)
  } finally {
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
