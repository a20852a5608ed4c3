import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { useEveryMethod } from '../../testing/use-every-method.ts'
import { createAnswers } from './answers.ts'
import { createConversations } from './conversations.ts'
import { type Database, openDatabase } from './database.ts'
import { createEvents } from './events.ts'
import { createGrowthWatch } from './growth-watch.ts'
import { migrate } from './migrations.ts'
import { createPrecomputed } from './precomputed.ts'
import { createTickets } from './tickets.ts'
import { createTraces } from './traces.ts'

test('no read or write goes through a whole table', async () => {
  const opened = openDatabase({ path: ':memory:', synchronous: 'normal', busyTimeoutMs: 0 })
  migrate(opened, systemClock)
  const texts = new Set<string>()
  const database = recording(opened, texts)
  const watch = createGrowthWatch({ database, clock: systemClock, file: undefined })
  await useEveryMethod({
    conversations: createConversations(database),
    answers: createAnswers(database, systemClock),
    events: createEvents(database, systemClock, watch),
    traces: createTraces(database),
    precomputed: createPrecomputed(database),
    tickets: createTickets(database),
  })
  const scans = [...texts].filter((sql) => scansTable(opened, sql))
  expect(texts.size).toBeGreaterThan(25)
  expect(scans).toEqual([])
  opened.close()
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
