import { describe, expect, test } from 'vitest'
import type { CheckStore } from '../store/check-store.ts'
import { type OpenStore, withStore } from './opened-store.ts'

/** What every store of checks keeps to. */
export function describeCheckStore(name: string, open: OpenStore<CheckStore>): void {
  const run = (work: (store: CheckStore) => Promise<void>) => withStore(open, work)

  describe(`${name}: checks`, () => {
    test('a check comes back whole, and none at first', () =>
      run(async (store) => {
        expect(await store.list()).toEqual([])
        const check = { startedAtMs: 1.5, results: [{ model: 'm', valid: true, note: null }] }
        await store.add(check, 5)
        expect(await store.list()).toEqual([check])
      }))

    test('the newest are kept, oldest first', () =>
      run(async (store) => {
        for (const startedAtMs of [5, 3, 4, 1]) await store.add({ startedAtMs, results: [] }, 3)
        expect((await store.list()).map((check) => check.startedAtMs)).toEqual([3, 4, 1])
      }))

    test('what is not JSON is refused', () =>
      run(async (store) => {
        const refused = store.add({ startedAtMs: 1, results: undefined as never }, 3)
        await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT' })
        expect(await store.list()).toEqual([])
      }))
  })
}
