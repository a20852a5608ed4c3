import type { GrownLog } from '../shared/watchers.ts'

/** Tells other processes which logs have grown. */
export interface GrowthNotifier {
  announce(grown: GrownLog): void
  /** Resolves when all that was announced is told, or could not be. */
  close(): Promise<void>
}

/**
 * Notifications are sent after the commit and not within it: within, they would have all commits of the
 * database wait for one another. While some are on their way, the next are gathered, one per log. One
 * that is lost, with the process or the connection, is made up for by the poll of those who watch.
 */
export function createGrowthNotifier(
  send: (payloads: readonly string[]) => Promise<void>,
): GrowthNotifier {
  let waiting = new Map<string, number>()
  let sending: Promise<void> | undefined

  async function sendAll(): Promise<void> {
    while (waiting.size > 0) {
      const payloads = [...waiting].map(([answerId, lastSeq]) => toPayload({ answerId, lastSeq }))
      waiting = new Map()
      await send(payloads)
    }
    sending = undefined
  }

  return {
    announce({ answerId, lastSeq }) {
      waiting.set(answerId, Math.max(lastSeq, waiting.get(answerId) ?? 0))
      sending ??= sendAll()
    },
    async close() {
      await sending
    },
  }
}

/** Postgres takes less than 8,000 bytes. */
const longestPayload = 7_999

/** Without a log where its name is too long: then it only says that there is growth. */
export function toPayload({ answerId, lastSeq }: GrownLog): string {
  const payload = `${lastSeq} ${answerId}`
  return Buffer.byteLength(payload) <= longestPayload ? payload : ''
}

/** Undefined where the payload does not name a log. */
export function fromPayload(payload: string): GrownLog | undefined {
  const space = payload.indexOf(' ')
  const lastSeq = Number(payload.slice(0, space))
  if (space < 1 || !Number.isSafeInteger(lastSeq)) return undefined
  return { answerId: payload.slice(space + 1), lastSeq }
}
