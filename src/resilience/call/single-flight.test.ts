import { expect, test } from 'vitest'
import { startDeadline } from '../../base/deadline.ts'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readInFakeTime } from '../../testing/read-in-fake-time.ts'
import { says, scriptedModel } from '../../testing/scripted-model.ts'
import type { CallEvent } from '../call-event.ts'
import { protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Hi' }] } as const
const other = { messages: [{ role: 'user', content: 'Ho' }] } as const

function createRig(singleFlight = true) {
  const clock = createFakeClock()
  const primary = scriptedModel({
    clock,
    script: says('one two three', {
      firstMs: 100,
      chunkMs: 100,
      usage: { inputTokens: 5, outputTokens: 3 },
    }),
  })
  const model = protect([primary], { clock, singleFlight })
  const caller = new AbortController()
  function call(
    deadlineMs = 3_000,
    signal?: AbortSignal,
    given: typeof request | typeof other = request,
  ) {
    const deadline = startDeadline(clock, deadlineMs, signal)
    return { deadline, events: model.call(given, { deadline, stream: true }) }
  }
  return { clock, primary, model, caller, call }
}

async function readAll(events: AsyncIterable<CallEvent>): Promise<readonly CallEvent[]> {
  const all: CallEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

function outcomeOf(events: readonly CallEvent[]) {
  const last = events.at(-1)
  if (last?.type !== 'call-finished') throw new Error('The call has no outcome')
  return last.outcome
}

test('identical calls are one request that is paid for once', async () => {
  const { clock, primary, call } = createRig()
  const calls = Array.from({ length: 5 }, () => call())
  const reading = Promise.all(calls.map(({ events }) => readAll(events)))
  await clock.advance(1_000)
  const outcomes = (await reading).map(outcomeOf)
  expect(primary.calls).toHaveLength(1)
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'complete', result: { text: 'one two three' } })
  }
  expect(outcomes.map(({ usage }) => usage.outputTokens)).toEqual([3, 0, 0, 0, 0])
  for (const { deadline } of calls) deadline.release()
  expect(clock.pendingTimers).toBe(0)
})

test('without the policy and for other requests each call is its own', async () => {
  const apart = createRig(false)
  const reading = [apart.call(), apart.call()].map(({ events }) => readAll(events))
  await apart.clock.advance(1_000)
  await Promise.all(reading)
  expect(apart.primary.calls).toHaveLength(2)

  const { clock, primary, call } = createRig()
  const readings = [call(), call(3_000, undefined, other)].map(({ events }) => readAll(events))
  await clock.advance(1_000)
  await Promise.all(readings)
  expect(primary.calls).toHaveLength(2)
})

test('one that joins late reads from the beginning', async () => {
  const { clock, call, primary } = createRig()
  const first = readAll(call().events)
  await clock.advance(250)
  const second = readAll(call().events)
  await clock.advance(1_000)
  const texts = (await Promise.all([first, second])).map((events) =>
    events.filter(({ type }) => type === 'text-delta'),
  )
  expect(texts[1]).toEqual(texts[0])
  expect(primary.calls).toHaveLength(1)
})

test('one that leaves does not end it for the others', async () => {
  const { clock, caller, call, primary } = createRig()
  const first = readInFakeTime(clock, call(3_000, caller.signal).events, 0)
  await first
  const second = readAll(call().events)
  await clock.advance(150)
  caller.abort('gone')
  await clock.advance(1_000)
  expect(outcomeOf(await second)).toMatchObject({ status: 'complete', usage: { outputTokens: 3 } })
  expect(primary.calls).toMatchObject([{ state: 'finished' }])
})

test('the last that leaves cancels the provider', async () => {
  const { clock, call, primary } = createRig()
  const calls = [call(), call()]
  const iterators = calls.map(({ events }) => events[Symbol.asyncIterator]())
  const opened = Promise.all(iterators.map((events) => events.next()))
  await clock.advance(10)
  await opened
  const waiting = iterators.map((events) => events.next())
  await clock.advance(150)
  await Promise.all(waiting)
  for (const events of iterators) await events.return?.()
  expect(primary.calls[0]?.state).toBe('aborted')
  for (const { deadline } of calls) deadline.release()
  expect(clock.pendingTimers).toBe(0)
})

test('each reader has its own deadline', async () => {
  const { clock, call } = createRig()
  const long = readAll(call(3_000).events)
  const short = call(220)
  const reading = readAll(short.events)
  await clock.advance(1_000)
  expect(outcomeOf(await reading)).toMatchObject({ status: 'failed', reason: 'deadline' })
  expect(outcomeOf(await long)).toMatchObject({ status: 'complete' })
})

test("a reader's own abort rejects with its reason", async () => {
  const { clock, call, caller } = createRig()
  const staying = readAll(call().events)
  const leaving = readAll(call(3_000, caller.signal).events)
  clock.setTimer(150, () => caller.abort('gone'))
  const rejected = expect(leaving).rejects.toBe('gone')
  await clock.advance(1_000)
  await rejected
  expect(outcomeOf(await staying).status).toBe('complete')
})

test('a flight that ends long before the joiner has to is not joined', async () => {
  const { clock, call, primary } = createRig()
  const reading = [readAll(call(400).events), readAll(call(3_000).events)]
  await clock.advance(1_000)
  await Promise.all(reading)
  expect(primary.calls).toHaveLength(2)
})
