import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  describeAnswerStore,
  describeConversationStore,
  describeEventStore,
  describeTraceStore,
  describeWholeStore,
  type OpenStore,
} from '../testing/store-contract.ts'
import { openSqliteStore, type SqliteStore } from './open-sqlite-store.ts'

describeWholeStore(
  'SQLite',
  opening((store) => store),
)
describeConversationStore(
  'SQLite',
  opening((store) => store.conversations),
)
describeAnswerStore(
  'SQLite',
  opening((store) => store.answers),
)
describeEventStore(
  'SQLite',
  opening((store) => store.events),
)
describeTraceStore(
  'SQLite',
  opening((store) => store.traces),
)

function opening<Store>(pick: (store: SqliteStore) => Store): OpenStore<Store> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-store-'))
    const store = openSqliteStore({ path: join(folder, 'store.db') })
    const close = async () => {
      await store.close()
      await rm(folder, { recursive: true })
    }
    return { store: pick(store), close }
  }
}
