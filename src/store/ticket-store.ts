/**
 * Tickets that let a browser in once.
 *
 * Guarantees of every implementation: a ticket is taken at most once, in whichever process, and never
 * after it has expired. What is kept is a digest, so whoever reads the database has no ticket.
 */
export interface TicketStore {
  /** Keeps a ticket until it is taken or expires. */
  put(ticket: StoredTicket): Promise<void>
  /** Takes the ticket; undefined where there is none, it was taken before, or it had expired by `nowMs`. */
  take(digest: string, nowMs: number): Promise<TicketGrant | undefined>
}

export interface StoredTicket {
  /** Of the ticket's secret text. */
  readonly digest: string
  readonly grant: TicketGrant
  readonly expiresAtMs: number
}

/** What the bearer of a ticket may follow and cancel: whatever one of these names. */
export interface TicketGrant {
  readonly answerId?: string
  /** All answers of this conversation. */
  readonly conversationId?: string
  /** All answers of the conversations that this user owns. */
  readonly userId?: string
}
