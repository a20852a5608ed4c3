import { describe, expect, it } from 'vitest'
import { openMemoryStore } from '../store/open-memory-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { issueTicket, redeemTicket } from './tickets.ts'

function open() {
  const clock = createFakeClock()
  return { clock, tickets: openMemoryStore({ clock }).tickets }
}

describe('a ticket', () => {
  it('is redeemed once, for what it was issued', async () => {
    const parts = open()
    const { ticket, grant } = await issueTicket({ userId: 'jane', conversationId: 'c' }, parts)
    expect(grant).toEqual({ userId: 'jane', conversationId: 'c' })
    expect(await redeemTicket(ticket, parts)).toEqual(grant)
    expect(await redeemTicket(ticket, parts)).toBeUndefined()
    expect(await redeemTicket('another', parts)).toBeUndefined()
  })

  it('holds for 30 s, or as long as was asked', async () => {
    const parts = open()
    const [late, inTime] = [
      await issueTicket({ userId: 'jane' }, parts),
      await issueTicket({ userId: 'jane', expiresInMs: 60_000 }, parts),
    ]
    await parts.clock.advance(30_000)
    expect(await redeemTicket(late.ticket, parts)).toBeUndefined()
    expect(await redeemTicket(inTime.ticket, parts)).toEqual({ userId: 'jane' })
  })

  it('has 256 bits and is not stored', async () => {
    const parts = open()
    const stored: unknown[] = []
    const put = async (each: unknown) => void stored.push(each)
    const { ticket } = await issueTicket(
      { answerId: 'a' },
      { ...parts, tickets: { ...parts.tickets, put } },
    )
    expect(Buffer.from(ticket, 'base64url')).toHaveLength(32)
    expect(JSON.stringify(stored)).not.toContain(ticket)
  })

  it.each([
    [null, 'object'],
    [{}, 'answerId, conversationId, userId'],
    [{ tenant: 'x' }, 'answerId, conversationId, userId'],
    [{ userId: '' }, 'userId'],
    [{ userId: 7 }, 'userId'],
    [{ conversationId: 'x'.repeat(201) }, '200'],
    [{ userId: 'jane', expiresInMs: 0 }, 'expiresInMs'],
    [{ userId: 'jane', expiresInMs: 3_600_000 }, '300000'],
  ])('is not issued for %j', async (body, named) => {
    const refused = issueTicket(body, open())
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(refused).rejects.toThrow(named)
  })
})
