import type { Clock } from '../base/clock.ts'
import { openSqliteStore, type SqliteStore } from './open-sqlite-store.ts'

/**
 * The same stores by the same code without a file, for tests and trials: what is written is gone when
 * it is closed, and no other process sees it.
 */
export function openMemoryStore(options: { readonly clock?: Clock } = {}): SqliteStore {
  return openSqliteStore({ path: ':memory:', ...options })
}
