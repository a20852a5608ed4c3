import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inTemporaryFolder } from '../../testing/temporary-folder.ts'
import { openSqliteStore, type SqliteStore } from '../open-sqlite-store.ts'

test('a deleted text is in none of the files', () =>
  inTemporaryFolder(async (folder) => {
    const store = openSqliteStore({ path: join(folder, 'store.db') })
    await write(store, 'c', 'a-secret')
    await write(store, 'd', 'kept-text')
    expect(await occurrences(folder, 'a-secret')).toBeGreaterThan(0)
    await store.conversations.deleteConversation('c')
    expect(await occurrences(folder, 'a-secret')).toBe(0)
    expect(await occurrences(folder, 'kept-text')).toBeGreaterThan(0)
    await store.close()
  }))

/** Texts of every size: small ones share a page with others, large ones have pages of their own. */
async function write(store: SqliteStore, conversationId: string, text: string): Promise<void> {
  const tokens = { ascii: 1, other: 0 }
  for (let length = 1; length <= 1_000; length *= 10) {
    const content = `${text} `.repeat(length)
    const message = { role: 'user', content } as const
    await store.conversations.append(conversationId, [{ message, createdAtMs: 1, tokens }])
    await store.conversations.setPin(conversationId, `k${length}`, { text: content, tokens })
    await store.conversations.mergeState(conversationId, { [`f${length}`]: content })
    const answerId = `${conversationId}${length}`
    const request = { id: answerId, pipeline: 'p', input: content, createdAtMs: 1, conversationId }
    await store.answers.create(request)
    const run = await store.answers.startRun(answerId)
    await store.events.append([{ answerId, run, events: [{ type: 'text-delta', text: content }] }])
  }
}

async function occurrences(folder: string, text: string): Promise<number> {
  let found = 0
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name))
    found += bytes.toString('latin1').split(text).length - 1
  }
  return found
}
