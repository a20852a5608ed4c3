import { expect, test } from 'vitest'
import { createGrowthNotifier, fromPayload, toPayload } from './growth-notifier.ts'

test('a payload comes back as the log it names', () => {
  for (const grown of [
    { answerId: 'ans_1', lastSeq: 3 },
    { answerId: 'with a space', lastSeq: 1_000_000 },
    { answerId: '', lastSeq: 1 },
  ]) {
    expect(fromPayload(toPayload(grown))).toEqual(grown)
  }
})

test('a name too long for a payload leaves it empty', () => {
  expect(toPayload({ answerId: 'ü'.repeat(4_000), lastSeq: 1 })).toBe('')
  expect(fromPayload('')).toBeUndefined()
})

test.each(['x', 'x y', ' y', 'NaN y'])('%j names no log', (payload) => {
  expect(fromPayload(payload)).toBeUndefined()
})

test('what comes while one is sent goes together', async () => {
  const sent: (readonly string[])[] = []
  const waiting: (() => void)[] = []
  const notifier = createGrowthNotifier((payloads) => {
    sent.push(payloads)
    return new Promise((resolve) => waiting.push(resolve))
  })
  notifier.announce({ answerId: 'a', lastSeq: 1 })
  notifier.announce({ answerId: 'a', lastSeq: 3 })
  notifier.announce({ answerId: 'a', lastSeq: 2 })
  notifier.announce({ answerId: 'b', lastSeq: 1 })
  expect(sent).toEqual([['1 a']])
  const closed = notifier.close()
  waiting.shift()?.()
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent).toEqual([['1 a'], ['3 a', '1 b']])
  waiting.shift()?.()
  await closed
  notifier.announce({ answerId: 'c', lastSeq: 1 })
  expect(sent).toHaveLength(3)
})
