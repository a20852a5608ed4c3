import type { Database } from './database.ts'

/**
 * Who works on the file: workers and `QueueEvents` of all processes, for BullMQ's `getWorkers`. A
 * process that died leaves its lines behind, so lines of processes that are gone do not count. A
 * container that shares the file but not the process ids of its host may miss workers here; nothing
 * else depends on this list.
 */
interface Client {
  readonly id: number
  readonly name: string
  readonly pid: number
  readonly since: number
}

/** Lines of dead processes are cleared after a day, lest a container clears those of another. */
const forgottenAfterMs = 24 * 60 * 60 * 1_000

/** Enters a client and returns its number. */
export function addClient(database: Database, name: string, now: number): number {
  return database.exclusively(() => {
    for (const client of readClients(database)) {
      if (now - client.since > forgottenAfterMs && !isAlive(client.pid)) {
        deleteClient(database, client.id)
      }
    }
    const sql = 'INSERT INTO bullmq_client (name, pid, since) VALUES (?, ?, ?) RETURNING id'
    return database.get<{ id: number }>(sql, name, process.pid, Math.floor(now))?.id ?? 0
  })
}

export function removeClients(database: Database, ids: readonly number[]): void {
  if (ids.length === 0) return
  database.exclusively(() => {
    for (const id of ids) deleteClient(database, id)
  })
}

/** The living clients in the form of Redis's `CLIENT LIST`, which BullMQ takes apart. */
export function listClients(database: Database, now: number): string {
  return readClients(database)
    .filter((client) => isAlive(client.pid))
    .map(({ id, name, pid, since }) => {
      const ageSeconds = Math.max(Math.floor((now - since) / 1_000), 0)
      return `id=${id} name=${name} pid=${pid} age=${ageSeconds}`
    })
    .join('\n')
}

function deleteClient(database: Database, id: number): void {
  database.run('DELETE FROM bullmq_client WHERE id = ?', id)
}

function readClients(database: Database): Client[] {
  return database.all('SELECT * FROM bullmq_client ORDER BY id')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM says that the process is there and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
