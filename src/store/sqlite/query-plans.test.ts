import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { createAnswers } from './answers.ts'
import { createConversations } from './conversations.ts'
import { type Database, openDatabase } from './database.ts'
import { createEvents } from './events.ts'
import { createGrowthWatch } from './growth-watch.ts'
import { migrate } from './migrations.ts'
import { createTraces } from './traces.ts'

test('no read or write goes through a whole table', async () => {
  const database = openDatabase({ path: ':memory:', synchronous: 'normal', busyTimeoutMs: 0 })
  migrate(database, systemClock)
  const texts = new Set<string>()
  await useAll(recording(database, texts))
  const scans = [...texts].filter((sql) => scansTable(database, sql))
  expect(texts.size).toBeGreaterThan(25)
  expect(scans).toEqual([])
  database.close()
})

/** The same database, noting each statement that is run on it. */
function recording(database: Database, texts: Set<string>): Database {
  return {
    ...database,
    get(sql, values, read) {
      texts.add(sql)
      return database.get(sql, values, read)
    },
    all(sql, values, read) {
      texts.add(sql)
      return database.all(sql, values, read)
    },
    run(sql, values) {
      texts.add(sql)
      return database.run(sql, values)
    },
  }
}

async function useAll(database: Database): Promise<void> {
  const tokens = { ascii: 1, other: 0 }
  const message = { role: 'user', content: 'x' } as const
  const conversations = createConversations(database)
  await conversations.append('c', Array(4).fill({ message, createdAtMs: 1, tokens }), {
    idempotencyKey: 'k',
  })
  await conversations.append('c', [], { idempotencyKey: 'k' })
  await conversations.readTurns('c')
  const summary = { text: 's', tokens, createdAtMs: 1, writtenBy: 'x/y' }
  await conversations.addSummary('c', { ...summary, fromSeq: 2, toSeq: 3 })
  await conversations.setPin('c', 'k', { text: 'p', tokens })
  await conversations.setPin('c', 'k', undefined)
  await conversations.mergeState('c', { a: 1 })
  for (const recentTurns of [0, 1, 2]) await conversations.readMemory('c', recentTurns)

  const answers = createAnswers(database, systemClock)
  await answers.create({ id: 'a', pipeline: 'p', input: 1, createdAtMs: 1, idempotencyKey: 'k' })
  await answers.create({ id: 'b', pipeline: 'p', input: 1, createdAtMs: 1, conversationId: 'c' })
  await answers.putStep('a', await answers.startRun('a'), 's', 1)
  await answers.getStep('a', 's')
  await answers.cancel('a')
  await answers.list({ conversationId: 'c' })
  await answers.list({ pipeline: 'p' })

  const watch = createGrowthWatch({ database, clock: systemClock, file: undefined })
  const events = createEvents(database, systemClock, watch)
  await events.append([{ answerId: 'a', run: 1, events: [{ type: 'text-delta', text: 'x' }] }])
  await events.read('a', 0)
  events.watch(() => {})()

  const traces = createTraces(database)
  const trace = { traceId: 't', name: 'n', startedAtMs: 1, durationMs: 1, status: 'ok' } as const
  await traces.save({ ...trace, attributes: { 'gen_ai.conversation.id': 'c' }, spans: [] })
  await traces.get('t')
  await traces.list({ name: 'n' })
  await conversations.deleteConversation('c')
}

/** A plan that scans reads every row of a table; one that searches goes by an index. */
function scansTable(database: Database, sql: string): boolean {
  if (!/^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql)) return false
  const steps = database.all(
    `EXPLAIN QUERY PLAN ${sql}`,
    Array(sql.match(/\?(?!\d)/g)?.length ?? new Set(sql.match(/\?\d/g)).size).fill(null),
    (row) => row.text('detail'),
  )
  return steps.some((detail) => /^SCAN (?!CONSTANT)/.test(detail))
}
