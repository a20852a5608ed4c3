import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureReasons } from '../../model/failure-reason.ts'
import { diagnose } from '../classify/diagnosis.ts'
import { resolvePolicy } from '../settings.ts'
import { react, type Situation } from './plan.ts'

const settings = resolvePolicy({ random: () => 0.5 })

function reactTo(situation: Partial<Situation>) {
  return react(
    {
      diagnosis: diagnose('server-error', ''),
      tries: 1,
      retries: 0,
      leftMs: 3_000,
      neededMs: 300,
      hasOther: true,
      ...situation,
    },
    settings,
  )
}

test('a server error is tried once more and then elsewhere', () => {
  expect(reactTo({}).preferred).toEqual({ kind: 'same', waitMs: 50 })
  expect(reactTo({ tries: 2 }).preferred).toEqual({ kind: 'other' })
  expect(reactTo({ tries: 2, hasOther: false }).preferred).toEqual({ kind: 'end' })
})

test('overload is given longer, and so is left to another model', () => {
  const diagnosis = diagnose('overloaded', '')
  expect(reactTo({ diagnosis }).preferred).toEqual({ kind: 'other' })
  expect(reactTo({ diagnosis, hasOther: false }).preferred).toEqual({ kind: 'same', waitMs: 100 })
})

test('without a retry in the budget it is the next model or the end', () => {
  expect(reactTo({}).withoutRetry).toEqual({ kind: 'other' })
  expect(reactTo({ hasOther: false }).withoutRetry).toEqual({ kind: 'end' })
})

test('what may have passed goes elsewhere first and back where nothing else is', () => {
  for (const reason of [
    'cut',
    'idle-timeout',
    'first-content-timeout',
    'connect-timeout',
  ] as const) {
    expect(reactTo({ diagnosis: diagnose(reason, '') }).preferred.kind).toBe('other')
    expect(reactTo({ diagnosis: diagnose(reason, ''), hasOther: false }).preferred.kind).toBe(
      'same',
    )
  }
})

test('a hint within a tenth of the time is waited for', () => {
  const diagnosis = (retryAfterMs: number) => diagnose('rate-limited', '', { retryAfterMs })
  expect(reactTo({ diagnosis: diagnosis(200) }).preferred).toEqual({ kind: 'same', waitMs: 250 })
  expect(reactTo({ diagnosis: diagnosis(400) }).preferred).toEqual({ kind: 'other' })
  expect(reactTo({ diagnosis: diagnosis(2_500), hasOther: false }).preferred.kind).toBe('same')
  expect(reactTo({ diagnosis: diagnosis(2_800), hasOther: false }).preferred.kind).toBe('end')
})

test('no situation retries what must not be retried or waits past the end', () => {
  const situation = fc.record({
    diagnosis: fc.record({
      reason: fc.constantFrom(...failureReasons),
      hint: fc.option(fc.nat(20_000)),
    }),
    tries: fc.integer({ min: 1, max: 5 }),
    retries: fc.nat(4),
    leftMs: fc.nat(10_000),
    neededMs: fc.nat(1_000),
    hasOther: fc.boolean(),
  })
  fc.assert(
    fc.property(situation, ({ diagnosis: { reason, hint }, ...rest }) => {
      const diagnosis = diagnose(reason, '', hint === null ? {} : { retryAfterMs: hint })
      const { preferred, withoutRetry } = react({ diagnosis, ...rest }, settings)
      expect(withoutRetry.kind).not.toBe('same')
      if (diagnosis.retry === 'none') expect(preferred.kind).toBe('end')
      if (preferred.kind === 'other') expect(rest.hasOther).toBe(true)
      if (preferred.kind !== 'same') return
      expect(diagnosis.transient).toBe(true)
      expect(rest.tries).toBeLessThanOrEqual(settings.retries.perModel)
      expect(rest.retries).toBeLessThan(settings.retries.total)
      expect(preferred.waitMs + rest.neededMs).toBeLessThanOrEqual(rest.leftMs)
      if (hint !== null) expect(preferred.waitMs).toBeGreaterThanOrEqual(hint)
    }),
    { numRuns: 1_000 },
  )
})
