import { HoldfastError } from '../base/errors.ts'

/**
 * How far somebody has been fed who follows all answers of a conversation or of a user: the moment up to
 * which answers were looked for, and the last event of each that may still bring some, or that would be
 * found again by the next look. To a client it is a text to give back as it is:
 * `1795543712345~ans_01k8….12~ans_01k9….3`.
 */
export interface GroupCursor {
  readonly sinceMs: number
  /** Last sequence number by answer. */
  readonly seqs: ReadonlyMap<string, number>
}

export function formatGroupCursor({ sinceMs, seqs }: GroupCursor): string {
  return [Math.floor(sinceMs), ...[...seqs].map(([id, seq]) => formatPlace(id, seq))].join('~')
}

export function formatPlace(answerId: string, seq: number): string {
  return `${encodeURIComponent(answerId).replaceAll('~', '%7E')}.${seq}`
}

/** @throws INVALID_INPUT where it is no text that `formatGroupCursor` makes; `path` names the parameter. */
export function parseGroupCursor(path: string, text: string): GroupCursor {
  const [since = '', ...places] = text.split('~')
  const seqs = new Map<string, number>()
  for (const place of places) {
    const [, id, seq] = /^(.+)\.(\d{1,15})$/.exec(place) ?? []
    const answerId = id === undefined ? undefined : decode(id)
    if (answerId === undefined) throw invalidGroupCursor(path, text)
    seqs.set(answerId, Number(seq))
  }
  if (!/^\d{1,15}$/.test(since) || seqs.size > maxAnswersInCursor) {
    throw invalidGroupCursor(path, text)
  }
  return { sinceMs: Number(since), seqs }
}

/** Some 8 kB: what fits a header of a request and a message of a socket. */
export const maxAnswersInCursor = 200

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

function invalidGroupCursor(path: string, text: string): HoldfastError<'INVALID_INPUT'> {
  const message = 'expected a cursor as the server gave it'
  const shown = JSON.stringify(text.slice(0, 80))
  return new HoldfastError('INVALID_INPUT', `${path} is ${shown}; ${message}.`, {
    issues: [{ path, message }],
  })
}
