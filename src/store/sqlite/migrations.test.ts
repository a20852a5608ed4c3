import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { inTemporaryFolder } from '../../testing/temporary-folder.ts'
import { openSqliteStore } from '../open-sqlite-store.ts'
import type { Migration } from '../shared/migration.ts'
import { type Database, openDatabase } from './database.ts'
import { migrate, migrations, schemaVersion } from './migrations.ts'

const clock = createFakeClock(1_000)
const one: Migration = { version: 1, name: 'first', sql: 'CREATE TABLE a (x); CREATE TABLE b (x)' }
const two: Migration = { version: 2, name: 'second', sql: 'ALTER TABLE a ADD COLUMN y' }
const broken: Migration = { version: 2, name: 'broken', sql: 'CREATE TABLE c (x); NONSENSE' }

describe('migrations', () => {
  test('versions run from 1 without a gap', () => {
    expect(migrations.map((step) => step.version)).toEqual(migrations.map((_, index) => index + 1))
  })

  test('each step is applied once and recorded', () => {
    const database = open()
    expect(schemaVersion(database)).toBe(0)
    migrate(database, clock, [one])
    migrate(database, clock, [one, two])
    migrate(database, clock, [one, two])
    expect(applied(database)).toEqual([
      [1, 'first', 1_000],
      [2, 'second', 1_000],
    ])
    database.close()
  })

  test('a step that fails leaves the one before', () => {
    const database = open()
    expect(() => migrate(database, clock, [one, broken])).toThrow(/NONSENSE/)
    expect(schemaVersion(database)).toBe(1)
    expect(tables(database)).toEqual(['a', 'b', 'schema_versions'])
    migrate(database, clock, [one, two])
    expect(schemaVersion(database)).toBe(2)
    database.close()
  })

  test('a schema from the future is refused untouched', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const future = migrations.length + 6
      const database = openDatabase({ path, ...settings })
      migrate(database, clock, [{ ...one, version: future }])
      const refused = expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(
          new RegExp(`store.db.*newer release.*schema ${future}.*Upgrade holdfast`),
        ),
      })
      expect(() => openSqliteStore({ path })).toThrow(refused)
      expect(tables(database)).toEqual(['a', 'b', 'schema_versions'])
      database.close()
    }))

  test('opening again finds what was stored', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const first = openSqliteStore({ path })
      await first.conversations.mergeState('c', { a: 1 })
      await first.close()
      const second = openSqliteStore({ path })
      expect((await second.conversations.readMemory('c', 1)).workingState.value).toEqual({ a: 1 })
      await second.close()
    }))
})

const settings = { synchronous: 'normal', busyTimeoutMs: 5_000 } as const

function open(): Database {
  return openDatabase({ path: ':memory:', ...settings })
}

function applied(database: Database) {
  return database.all('SELECT * FROM schema_versions ORDER BY version', [], (row) => [
    row.number('version'),
    row.text('name'),
    row.number('applied_at_ms'),
  ])
}

function tables(database: Database): string[] {
  return database.all(
    `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`,
    [],
    (row) => row.text('name'),
  )
}
