import { describe, expect, test } from 'vitest'
import type { TicketStore } from '../store/ticket-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** What every ticket store keeps to. */
export function describeTicketStore(name: string, open: OpenStore<TicketStore>): void {
  const run = (work: (store: TicketStore) => Promise<void>) => withStore(open, work)
  const ticket = (digest: string) => ({ digest, grant: { userId: digest }, expiresAtMs: 100 })

  describe(`${name}: tickets`, () => {
    test('a ticket is taken once', () =>
      run(async (store) => {
        await store.put(ticket('a'))
        await store.put(ticket('b'))
        expect(await store.take('a', 50)).toEqual({ userId: 'a' })
        expect(await store.take('a', 50)).toBeUndefined()
        expect(await store.take('b', 50)).toEqual({ userId: 'b' })
        expect(await store.take('c', 50)).toBeUndefined()
      }))

    test('of many who ask at once one gets it', () =>
      run(async (store) => {
        await store.put(ticket('a'))
        const all = await Promise.all(Array.from({ length: 20 }, () => store.take('a', 50)))
        expect(all.filter((grant) => grant !== undefined)).toEqual([{ userId: 'a' }])
      }))

    test('a ticket that has expired is gone', () =>
      run(async (store) => {
        await store.put(ticket('a'))
        await store.put(ticket('b'))
        expect(await store.take('a', 100)).toBeUndefined()
        expect(await store.take('b', 99)).toBeUndefined()
      }))

    test('a grant is stored as it is', () =>
      run(async (store) => {
        const grant = { answerId: 'ü', conversationId: "'; --", userId: '𝔘' }
        await store.put({ ...ticket('a'), grant })
        expect(await store.take('a', 50)).toEqual(grant)
      }))
  })
}
