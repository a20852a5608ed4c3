import { expect, test } from 'vitest'
import { isHoldfastError } from '../base/errors.ts'
import { scriptedModel } from '../testing/scripted-model.ts'
import { type ProtectPolicy, protect } from './protect.ts'

const model = scriptedModel({ script: [] })

/** What a program without types may hand in. */
function refusal(policy: object, models = [model]): string {
  try {
    protect(models, policy as ProtectPolicy)
  } catch (error) {
    if (isHoldfastError(error, 'INVALID_CONFIG')) return error.message
    throw error
  }
  return 'accepted'
}

test.each([
  [{ timeout: { chunkMs: 0 } }, 'timeout.chunkMs is 0; expected milliseconds above 0.'],
  [{ timeout: { firstContentMs: Number.NaN } }, 'timeout.firstContentMs is NaN; expected'],
  [{ timeout: { chunkMs: undefined } }, 'timeout.chunkMs is undefined; expected'],
  [{ timeout: { chunksMs: 5 } }, 'timeout.chunksMs is 5; expected one of firstContentMs, chunkMs,'],
  [{ timeouts: {} }, 'timeouts is [object Object]; expected one of timeout, retries,'],
  [{ retries: { perModel: -1 } }, 'retries.perModel is -1; expected a number from 0.'],
  [
    { retries: { budget: { share: 2 } } },
    'retries.budget.share is 2; expected a share from 0 to 1.',
  ],
  [{ breaker: { consecutiveFailures: 0 } }, 'breaker.consecutiveFailures is 0; expected'],
  [{ quality: { leastValidShare: '0.5' } }, 'quality.leastValidShare is "0.5"; expected a share'],
  [{ midStream: 'append' }, "midStream is \"append\"; expected 'restart', 'continue' or 'finish'."],
  [{ maxOutputBytes: 0 }, 'maxOutputBytes is 0; expected a number from 1.'],
  [{ concurrency: { max: 0 } }, 'concurrency.max is 0; expected a number from 1.'],
  [
    { rateLimit: [undefined, { requestsPerMinute: 0 }] },
    'rateLimit.requestsPerMinute is 0; expected',
  ],
  [{ hedge: { afterMs: -5 } }, 'hedge.afterMs is -5; expected milliseconds above 0.'],
])('%o is refused', (policy, message) => {
  expect(refusal(policy)).toContain(message)
})

test('a limit of dollars needs a price', () => {
  expect(refusal({ rateLimit: { usdPerMinute: 1 } })).toContain('a price for scripted-1')
  const prices = { 'scripted-1': { input: 1, output: 2 } }
  expect(refusal({ rateLimit: { usdPerMinute: 1 }, prices })).toBe('accepted')
})

test('nothing to protect is refused', () => {
  expect(refusal({}, [])).toContain('models is "[]"; expected at least one model')
})

test('everything may be left open or switched off', () => {
  expect(refusal({})).toBe('accepted')
  expect(refusal({ quality: false, singleFlight: true })).toBe('accepted')
})
