import type pg from 'pg'
import { fromPostgresText } from './text-values.ts'

export interface Listener {
  heard(payload: string): void
  /** The connection is gone: nothing will be heard any more. */
  lost(): void
}

export interface Listening {
  close(): Promise<void>
}

/** Connects a client of its own that hears the notifications of a channel. */
export async function openListening(
  client: pg.Client,
  channel: string,
  { heard, lost }: Listener,
): Promise<Listening> {
  let open = false
  const end = () => {
    if (open) lost()
    open = false
  }
  client.on('error', end)
  client.on('end', end)
  client.on('notification', ({ payload = '' }) => heard(fromPostgresText(payload)))
  const close = async () => {
    open = false
    await client.end()
  }
  try {
    await client.connect()
    await client.query(`LISTEN "${channel}"`)
    open = true
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}
