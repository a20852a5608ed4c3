/**
 * Measures what an append to a conversation costs, and what of it is the disk's: on SQLite in both
 * modes, and on Postgres with and without waiting for the disk, beside a bare commit of one row on the
 * same server, which is the least that any append can cost there.
 *
 * Usage: node bench/append.ts [--appends 2000]
 *
 * Each append is an exchange of two turns with an idempotency key, one after the other. Times are those
 * that the caller waits, and the CPU time of its thread, which is all there is of SQLite without a disk. Postgres is the one that DATABASE_URL names, else a
 * server that is started for this.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../scripts/postgres.ts'
import type { NewTurn } from '../src/model/conversation.ts'
import type { ConversationStore } from '../src/store/conversation-store.ts'
import { openPostgresStore } from '../src/store/open-postgres-store.ts'
import { openSqliteStore } from '../src/store/open-sqlite-store.ts'

const { values } = parseArgs({ options: { appends: { type: 'string', default: '2000' } } })
const appends = Number(values.appends)
const tokens = { ascii: 18, other: 0 }
const exchange: readonly NewTurn[] = [
  { message: { role: 'user', content: 'Where is my parcel? '.repeat(4) }, createdAtMs: 1, tokens },
  { message: { role: 'assistant', content: 'On its way. '.repeat(8) }, createdAtMs: 1, tokens },
]

await sqlite('normal')
await sqlite('full')
await postgres()

async function sqlite(synchronous: 'normal' | 'full'): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-append-'))
  const store = openSqliteStore({ path: join(folder, 'store.db'), synchronous })
  show(`SQLite, ${synchronous}`, await appendTo(store.conversations))
  await store.close()
  rmSync(folder, { recursive: true })
}

async function postgres(): Promise<void> {
  const server = await startPostgres({ fsync: 'on' })
  try {
    for (const commit of ['on', 'off']) {
      const connection = new URL(server.url)
      connection.searchParams.set('options', `-c synchronous_commit=${commit}`)
      const name = `Postgres, synchronous_commit ${commit}`
      show(`${name}: a bare commit`, await bareCommits(connection.href))
      const store = await openPostgresStore({ connection: connection.href, schema: 'append_bench' })
      show(`${name}: an append`, await appendTo(store.conversations))
      await store.conversations.deleteConversation('bench')
      await store.close()
    }
  } finally {
    await server.stop()
  }
}

function appendTo(conversations: ConversationStore): Promise<Times> {
  return timesOf((at) =>
    conversations.append('bench', exchange, { idempotencyKey: `${at}`, userId: 'ada' }),
  )
}

async function bareCommits(connectionString: string): Promise<Times> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('CREATE TABLE IF NOT EXISTS bare_commit (text text)')
  const text = 'x'.repeat(200)
  const times = await timesOf(() =>
    client.query({ name: 'bare', text: 'INSERT INTO bare_commit VALUES ($1)', values: [text] }),
  )
  await client.query('DROP TABLE bare_commit')
  await client.end()
  return times
}

interface Times {
  readonly waited: readonly number[]
  readonly cpu: readonly number[]
}

async function timesOf(work: (at: number) => Promise<unknown>): Promise<Times> {
  const waited: number[] = []
  const cpu: number[] = []
  for (let at = 0; at < appends; at++) {
    const started = performance.now()
    const before = process.threadCpuUsage()
    await work(at)
    // The first tenth warms what a running application has warm.
    if (at < appends / 10) continue
    const { user, system } = process.threadCpuUsage(before)
    waited.push(performance.now() - started)
    cpu.push((user + system) / 1_000)
  }
  return { waited, cpu }
}

function show(name: string, { waited, cpu }: Times): void {
  console.log(`${name.padEnd(46)} waited ${quantiles(waited)}   CPU ${quantiles(cpu)}`)
}

function quantiles(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(3)
  return `p50 ${at(0.5).padStart(7)} p99 ${at(0.99).padStart(7)} ms`
}
