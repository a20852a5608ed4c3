import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { startLineProcess } from '../../testing/line-process.ts'
import { inTemporaryFolder } from '../../testing/temporary-folder.ts'
import { type Database, openDatabase } from './database.ts'

describe('opening', () => {
  test('makes the file and its folder', () =>
    inTemporaryFolder(async (folder) => {
      const database = open(join(folder, 'deep', 'data', 'store.db'))
      expect(await readdir(join(folder, 'deep', 'data'))).toContain('store.db')
      database.close()
    }))

  test('settings are those the guarantees need', () =>
    inTemporaryFolder(async (folder) => {
      const normal = open(join(folder, 'store.db'))
      const full = openDatabase({ ...settings, path: join(folder, 'full.db'), synchronous: 'full' })
      const setting = (database: Database, name: string) =>
        database.get(`PRAGMA ${name}`, [], (row) => row.number(name))
      expect(journalMode(normal)).toBe('wal')
      expect(setting(normal, 'foreign_keys')).toBe(1)
      expect(setting(normal, 'secure_delete')).toBe(1)
      expect(setting(normal, 'synchronous')).toBe(1)
      expect(setting(full, 'synchronous')).toBe(2)
      normal.close()
      full.close()
    }))

  test('a file in place of the folder is named', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'data'), '')
      const path = join(folder, 'data', 'store.db')
      expect(() => open(path)).toThrow(
        unavailable(path, /store.db".*folder ".*data" cannot be made/),
      )
    }))

  test('a folder in place of the file is named', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      await mkdir(path)
      expect(() => open(path)).toThrow(unavailable(path, /cannot be opened/))
    }))

  test('a file that is no database is named', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'notes.txt')
      await writeFile(path, 'Dear diary, '.repeat(200))
      expect(() => open(path)).toThrow(
        unavailable(path, /not an SQLite database. Set another path/),
      )
    }))

  test('a new file locked for a moment is waited for', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      // This is the lock for which the change to WAL does not wait by itself.
      const holder = startLineProcess(
        `import { DatabaseSync } from 'node:sqlite'
         const database = new DatabaseSync(process.argv[1])
         database.exec('CREATE TABLE theirs (x); BEGIN IMMEDIATE')
         console.log('held')
         setTimeout(() => database.exec('COMMIT'), 150)`,
        [path],
      )
      expect(await holder.nextLine()).toBe('held')
      const database = open(path)
      expect(journalMode(database)).toBe('wal')
      database.close()
      expect(await holder.ended).toBe(0)
    }))
})

describe('transactions', () => {
  test('a write that throws leaves nothing', () => {
    const database = openTable()
    const failure = new Error('stop')
    expect(() =>
      database.write(() => {
        database.run('INSERT INTO t (x) VALUES (?)', ['kept?'])
        throw failure
      }),
    ).toThrow(failure)
    expect(count(database)).toBe(0)
    database.write(() => database.run('INSERT INTO t (x) VALUES (?)', ['later']))
    expect(count(database)).toBe(1)
    database.close()
  })

  test('a view does not see later commits', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const [reader, writer] = [open(path), open(path)]
      writer.script('CREATE TABLE t (x)')
      const counts = reader.view(() => {
        const before = count(reader)
        writer.run('INSERT INTO t (x) VALUES (?)', ['new'])
        return [before, count(reader)]
      })
      expect(counts).toEqual([0, 0])
      expect(count(reader)).toBe(1)
      reader.close()
      writer.close()
    }))

  test('a full disk fails whole and is survived', () => {
    const database = openTable()
    database.script('PRAGMA max_page_count = 10')
    const fill = () =>
      database.write(() => {
        for (let row = 0; row < 100; row++) {
          database.run('INSERT INTO t (x) VALUES (?)', ['x'.repeat(1_000)])
        }
      })
    expect(fill).toThrow(unavailable(':memory:', /disk is full. Free some space/))
    expect(count(database)).toBe(0)
    database.script('PRAGMA max_page_count = 1000')
    fill()
    expect(count(database)).toBe(100)
    database.close()
  })

  test('a lock held for too long is named', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'store.db')
      const database = openDatabase({ ...settings, path, busyTimeoutMs: 10 })
      database.script('CREATE TABLE t (x)')
      const other = new DatabaseSync(path)
      other.exec('BEGIN IMMEDIATE')
      const insert = () => database.write(() => database.run('INSERT INTO t VALUES (1)', []))
      expect(insert).toThrow(unavailable(path, /another process has held its lock/))
      expect(count(database)).toBe(0)
      other.exec('COMMIT')
      other.close()
      insert()
      expect(count(database)).toBe(1)
      database.close()
    }))
})

describe('values', () => {
  test('a value against the schema is an invalid input', () => {
    const database = open(':memory:')
    database.script('CREATE TABLE t (x INTEGER NOT NULL) STRICT')
    for (const value of ['text', 1.5, Number.NaN, null, {} as never]) {
      expect(() => database.run('INSERT INTO t (x) VALUES (?)', [value])).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT' }),
      )
    }
    database.close()
  })

  test('half a character is an invalid input', () => {
    const database = openTable()
    expect(() => database.get('SELECT x FROM t WHERE x = ?', ['\udc00'], () => 1)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    )
    database.close()
  })

  test('a damaged value names its column', () => {
    const database = openTable()
    database.run('INSERT INTO t (x) VALUES (?)', ['{"a":'])
    const readAs = (read: Parameters<typeof database.get<unknown>>[2]) => () =>
      database.get('SELECT x FROM t', [], read)
    const isText = (value: unknown): value is string => typeof value === 'string'
    const damaged = unavailable(':memory:', /column x of a row does not hold/)
    expect(readAs((row) => row.json('x', 'a text', isText))).toThrow(damaged)
    expect(readAs((row) => row.number('x'))).toThrow(damaged)
    expect(readAs((row) => row.oneOf('x', { yes: true }))).toThrow(damaged)
    database.run('UPDATE t SET x = ?', ['[]'])
    expect(readAs((row) => row.json('x', 'a text', isText))).toThrow(damaged)
    database.run('UPDATE t SET x = ?', [7])
    expect(readAs((row) => row.text('x'))).toThrow(damaged)
    database.close()
  })
})

test('a closed database says so', () => {
  const database = openTable()
  database.close()
  database.close()
  expect(() => count(database)).toThrow(unavailable(':memory:', /has been closed/))
})

const settings = { synchronous: 'normal', busyTimeoutMs: 5_000 } as const

function open(path: string): Database {
  return openDatabase({ ...settings, path })
}

function openTable(): Database {
  const database = open(':memory:')
  database.script('CREATE TABLE t (x)')
  return database
}

function count(database: Database): number | undefined {
  return database.get('SELECT count(*) AS n FROM t', [], (row) => row.number('n'))
}

function journalMode(database: Database): string | undefined {
  return database.get('PRAGMA journal_mode', [], (row) => row.text('journal_mode'))
}

/** Matches the error that a database cannot be used. */
function unavailable(location: string, message: RegExp) {
  return expect.objectContaining({
    code: 'STORE_UNAVAILABLE',
    retryable: true,
    data: { location },
    message: expect.stringMatching(message),
  })
}
