import { encodeJson } from '../shared/encode-json.ts'
import { isTicketGrant } from '../shared/json-shapes.ts'
import type { TicketStore } from '../ticket-store.ts'
import type { Database } from './database.ts'

/** The tickets of a database whose schema is up to date. */
export function createTickets(database: Database): TicketStore {
  return {
    async put({ digest, grant, expiresAtMs }) {
      await database.run(
        'INSERT INTO holdfast.tickets (digest, grant_json, expires_at_ms) VALUES ($1, $2, $3)',
        [digest, encodeJson(grant, 'grant', isTicketGrant), expiresAtMs],
      )
    },

    async take(digest, nowMs) {
      const taken = await database.get(
        'DELETE FROM holdfast.tickets WHERE digest = $1 RETURNING grant_json, expires_at_ms',
        [digest],
        (row) => ({
          grant: row.json('grant_json', 'a grant', isTicketGrant),
          expiresAtMs: row.number('expires_at_ms'),
        }),
      )
      // Those that nobody took are swept out by those that somebody takes.
      await database.run('DELETE FROM holdfast.tickets WHERE expires_at_ms <= $1', [nowMs])
      return taken && taken.expiresAtMs > nowMs ? taken.grant : undefined
    },
  }
}
