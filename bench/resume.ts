/**
 * Follows answers through cut connections, killed servers and killed workers, and counts the tokens that
 * are lost or doubled; then reads a stream whose producer was killed, and one that has ended, here and
 * with `resumable-stream`, in the same run.
 *
 * Usage: node bench/resume.ts [--tokens 100000] [--seed 1]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { createResumableStreamContext } from 'resumable-stream/ioredis'
import { startRedis } from '../scripts/redis.ts'
import { sleep, systemClock } from '../src/base/clock.ts'
import { createEventLog } from '../src/live/event-log.ts'
import type { EventStore } from '../src/store/event-store.ts'
import { openRedisEvents } from '../src/store/open-redis-events.ts'
import { openSqliteStore } from '../src/store/open-sqlite-store.ts'
import { runResumeTrial } from '../test/resume/resume-trial.ts'

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    produce: { type: 'string' },
    target: { type: 'string' },
  },
})

/** Tokens of the stream whose producer is killed in its middle, and of the one that ends. */
const streamTokens = 500
const killAfter = 250

interface Opened {
  readonly events: EventStore
  close(): Promise<void>
}

async function open(target: string): Promise<Opened> {
  if (!target.startsWith('redis:')) return openSqliteStore({ path: target })
  const events = await openRedisEvents({ connection: target })
  return { events, close: () => events.close() }
}

/** The producer: writes tokens until it is killed, and says how many it has made so far. */
async function produce(kind: string, target: string): Promise<void> {
  const write = kind === 'log' ? await writeToLog(target) : await writeToStream(target)
  for (let count = 1; count <= streamTokens; count++) {
    await write(`${count} `)
    process.stdout.write(`${count}\n`)
    await sleep(systemClock, 2)
  }
  await write(undefined)
  process.stdout.write('ended\n')
  // It stays for a while, as a server would.
  await sleep(systemClock, 60_000)
}

type Write = (text: string | undefined) => Promise<void>

async function writeToLog(target: string): Promise<Write> {
  const { events } = await open(target)
  const writer = createEventLog({ store: events, clock: systemClock }).writer('bench', 1)
  return async (text) => {
    const error = { code: 'CANCELLED', message: 'The bench ends it.' }
    writer.append(
      text === undefined ? { type: 'answer-failed', error } : { type: 'text-delta', text },
    )
    await writer.flush()
  }
}

async function writeToStream(target: string): Promise<Write> {
  const { readable, writable } = new TransformStream<string, string>()
  const writer = writable.getWriter()
  const stream = await streamContext(target).createNewResumableStream('bench', () => readable)
  if (!stream) throw new Error('resumable-stream made no stream.')
  const reading = (async () => {
    for await (const text of stream) if (text === '') return
  })()
  return async (text) => {
    if (text !== undefined) return writer.write(text)
    await writer.close()
    await reading
  }
}

const clients: Redis[] = []

function streamContext(target: string) {
  const [publisher, subscriber] = [new Redis(target), new Redis(target)]
  clients.push(publisher, subscriber)
  return createResumableStreamContext({ waitUntil: null, publisher, subscriber })
}

const countTokens = (text: string): number => text.split(' ').length - 1

async function readLog(target: string): Promise<number> {
  const { events, close } = await open(target)
  const texts = (await events.read('bench', 0)).map(({ event }) =>
    event.type === 'text-delta' ? event.text : '',
  )
  await close()
  return countTokens(texts.join(''))
}

async function readStream(target: string): Promise<number> {
  try {
    const stream = await streamContext(target).resumeExistingStream('bench')
    let text = ''
    const enough = sleep(systemClock, 3_000).then(() => 'enough' as const)
    const reading = (async () => {
      for await (const piece of stream ?? []) text += piece
    })()
    await Promise.race([reading, enough])
    return countTokens(text)
  } catch (error) {
    console.log(`    resumable-stream: ${error instanceof Error ? error.message : error}`)
    return 0
  } finally {
    for (const client of clients.splice(0)) client.disconnect()
  }
}

/** Tokens that a reader in another process finds of those that were made. */
async function readable(kind: 'log' | 'stream', target: string, isKilled: boolean) {
  const program = join(import.meta.dirname, 'resume.ts')
  const child = spawn(process.execPath, [program, '--produce', kind, '--target', target], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let made = 0
  const reached = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      const lines = data.toString().trim().split('\n')
      made = Math.max(made, ...lines.map(Number).filter(Number.isFinite))
      if (lines.includes('ended') || (isKilled && made >= killAfter)) resolve()
    })
  })
  await reached
  const gone = once(child, 'exit')
  if (isKilled) {
    child.kill('SIGKILL')
    await gone
  }
  const read = kind === 'log' ? await readLog(target) : await readStream(target)
  if (!isKilled) {
    child.kill('SIGKILL')
    await gone
  }
  return { made, read }
}

async function compare(redisUrl: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const cases = [
    ['this log, SQLite', 'log', join(folder, 'log.db')],
    ['this log, Redis', 'log', redisUrl],
    ['resumable-stream', 'stream', redisUrl],
  ] as const
  for (const isKilled of [true, false]) {
    console.log(isKilled ? '\nProducer killed in the middle' : '\nRead after the end')
    for (const [name, kind, target] of cases) {
      await flush(redisUrl)
      rmSync(folder, { recursive: true, force: true })
      const { made, read } = await readable(kind, target, isKilled)
      console.log(`  ${name.padEnd(18)} ${read} of ${made} tokens readable`)
    }
  }
  rmSync(folder, { recursive: true, force: true })
}

async function flush(redisUrl: string): Promise<void> {
  const admin = new Redis(redisUrl)
  await admin.flushdb()
  admin.disconnect()
}

async function prove(redisUrl: string): Promise<void> {
  const tokensEach = 250
  const trial = {
    seed: Number(values.seed),
    answers: Math.ceil(Number(values.tokens) / tokensEach),
    tokensEach,
    chunkMs: 20,
    serverKills: 20,
    workerKills: 5,
    cutEveryMs: 15,
  }
  for (const [name, events] of [
    ['SQLite', undefined],
    ['Redis', redisUrl],
  ] as const) {
    const result = await runResumeTrial({ ...trial, ...(events !== undefined && { events }) })
    console.log(`  ${name.padEnd(7)} ${JSON.stringify(result)}`)
  }
}

if (values.produce !== undefined) {
  await produce(values.produce, values.target ?? '')
} else {
  const redis = await startRedis()
  try {
    console.log(`${values.tokens} tokens through cuts and kills, seed ${values.seed}`)
    await prove(redis.url)
    await compare(redis.url)
  } finally {
    await redis.stop()
  }
}
