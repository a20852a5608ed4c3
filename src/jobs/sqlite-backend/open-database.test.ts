import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Queue } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { createSqliteBackend } from './create-sqlite-backend.ts'
import { isSqliteBackendError } from './errors.ts'
import { schemaVersion } from './schema.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

function openQueue(path: string): Queue {
  return new Queue('open', { connection: {} }, createSqliteBackend({ path })) as unknown as Queue
}

/** The error of opening a path, which must fail. */
function failureOf(path: string) {
  try {
    openQueue(path)
  } catch (error) {
    if (isSqliteBackendError(error)) return error
    throw error
  }
  throw new Error(`Opening ${path} did not fail.`)
}

describe('opening a queue file', () => {
  it('makes the file and its folders', async () => {
    const path = join(temporaryFolder(), 'deep', 'down', 'queue.db')
    const queue = openQueue(path)
    await queue.add('job', {})
    expect(existsSync(path)).toBe(true)
    await queue.close()
  })

  it('shares the file with tables of others', async () => {
    const path = join(temporaryFolder(), 'app.db')
    const app = new DatabaseSync(path)
    app.exec('CREATE TABLE job (id INTEGER PRIMARY KEY, title TEXT)')
    const queue = openQueue(path)
    await queue.add('job', {})
    app.exec("INSERT INTO job (title) VALUES ('mine')")
    expect(await queue.getWaitingCount()).toBe(1)
    await queue.close()
    app.close()
  })

  it('fails for a folder that cannot be written to', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    const path = join(folder, 'file', 'queue.db')
    const failure = failureOf(path)
    expect(failure).toMatchObject({ code: 'CANNOT_OPEN', path })
    expect(failure.message).toContain(`the folder ${join(folder, 'file')} cannot be written to`)
    expect(failure.message).toContain('choose another path')
  })

  it('fails for a folder in place of the file', () => {
    const path = join(temporaryFolder(), 'queue.db')
    mkdirSync(path)
    expect(failureOf(path)).toMatchObject({ code: 'CANNOT_OPEN', path })
  })

  it('fails for a file that is something else, and leaves it alone', () => {
    const path = join(temporaryFolder(), 'notes.txt')
    const text = 'These are my notes, and no database.\n'.repeat(40)
    writeFileSync(path, text)
    expect(failureOf(path)).toMatchObject({ code: 'NOT_A_DATABASE', path })
    expect(existsSync(`${path}-wal`)).toBe(false)
  })

  it('fails for a file of a later version', async () => {
    const path = join(temporaryFolder(), 'queue.db')
    await openQueue(path).close()
    const file = new DatabaseSync(path)
    file.exec(`INSERT INTO bullmq_migration VALUES (${schemaVersion + 1}, 0)`)
    file.close()
    const failure = failureOf(path)
    expect(failure).toMatchObject({ code: 'NEWER_SCHEMA', path })
    expect(failure.message).toContain(`schema version ${schemaVersion + 1}`)
  })
})

describe('options', () => {
  it.each([
    { options: { path: '' }, message: 'Option path of createSqliteBackend is ""' },
    { options: { path: ':memory:' }, message: 'Option path of createSqliteBackend is ":memory:"' },
    { options: { path: 'q.db', pollMs: 0 }, message: 'Option pollMs of createSqliteBackend is 0' },
    {
      options: { path: 'q.db', busyTimeoutMs: 0.5 },
      message: 'Option busyTimeoutMs of createSqliteBackend is 0.5',
    },
  ])('that cannot work are refused at once: $options', ({ options, message }) => {
    expect(() => createSqliteBackend(options)).toThrow(message)
  })

  it('full durability is used for the whole file', async () => {
    const path = join(temporaryFolder(), 'queue.db')
    const connection = {}
    const normal = new Queue('open', { connection }, createSqliteBackend({ path }))
    const full = new Queue(
      'open',
      { connection },
      createSqliteBackend({ path, synchronous: 'full' }),
    )
    const { database } = Reflect.get(normal.getBackend(), 'file')
    expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
    await normal.close()
    await full.close()
  })
})
