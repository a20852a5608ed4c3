import { expect, test } from 'vitest'
import { isModelFault } from '../model/fault.ts'
import type { ModelEvent } from '../model/model.ts'
import { createFakeClock } from './fake-clock.ts'
import { cutAfter, fails, says, scriptedModel } from './scripted-model.ts'

const request = { messages: [{ role: 'user', content: 'Hi' }] } as const

async function read(events: AsyncIterable<ModelEvent>): Promise<readonly ModelEvent[]> {
  const all: ModelEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

test('a script plays in pieces on its clock', async () => {
  const clock = createFakeClock()
  const model = scriptedModel({ clock, script: says('one two', { firstMs: 100, chunkMs: 50 }) })
  const reading = read(model.stream(request, { signal: new AbortController().signal }))
  await clock.advance(149)
  expect(model.calls[0]?.pulled).toBe(2)
  await clock.advance(1)
  expect((await reading).map((event) => ('text' in event ? event.text : event.type))).toEqual([
    'response-started',
    'one',
    ' two',
    'finish',
  ])
  expect(model.calls[0]?.state).toBe('finished')
})

test('the same script answers whole', async () => {
  const model = scriptedModel({ script: says('one two') })
  const result = await model.generate(request, { signal: new AbortController().signal })
  expect(result).toMatchObject({ text: 'one two', finishReason: 'stop' })
})

test('requests take the scripts in turn', async () => {
  const model = scriptedModel({ script: [fails({ kind: 'cut' }), says('ok')] })
  const options = { signal: new AbortController().signal }
  await expect(model.generate(request, options)).rejects.toSatisfy(isModelFault)
  expect((await model.generate(request, options)).text).toBe('ok')
  expect((await model.generate(request, options)).text).toBe('ok')
})

test('a script without finish is cut', async () => {
  const script = cutAfter(says('one two three'), 2, { type: 'fault', evidence: { kind: 'cut' } })
  const model = scriptedModel({ script })
  await expect(
    read(model.stream(request, { signal: new AbortController().signal })),
  ).rejects.toThrow('cut off')
  expect(model.calls[0]).toMatchObject({ pulled: 3, state: 'failed' })
})

test('an abort ends a hanging script', async () => {
  const model = scriptedModel({ script: [{ type: 'hang' }] })
  const controller = new AbortController()
  const reading = read(model.stream(request, { signal: controller.signal }))
  controller.abort('enough')
  await expect(reading).rejects.toBe('enough')
  expect(model.open).toBe(0)
  expect(model.calls[0]?.state).toBe('aborted')
})

test('a reader that leaves is seen', async () => {
  const model = scriptedModel({ script: says('one two three') })
  for await (const event of model.stream(request, { signal: new AbortController().signal })) {
    if (event.type === 'text-delta') break
  }
  expect(model.calls[0]?.state).toBe('left')
})
