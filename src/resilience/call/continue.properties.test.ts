import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFakeClock } from '../../testing/fake-clock.ts'
import { readBeforeDeadline } from '../../testing/read-in-fake-time.ts'
import {
  cutAfter,
  type Script,
  type ScriptedCall,
  type ScriptStep,
  says,
  scriptedModel,
} from '../../testing/scripted-model.ts'
import type { CallEvent } from '../call-event.ts'
import { protect } from '../protect.ts'

const request = { messages: [{ role: 'user', content: 'Tell me.' }] } as const

const text = [
  'The tide comes in twice a day, and twice a day it goes. ',
  'ha ha ha ha ha ha\n\n',
  '海藻は岩にしがみつく。🦑🦑 ',
  'What holds is called a holdfast: a holdfast, a holdfast.',
].join('')

/** Goes on where the request says, as a good model does: after a prefill, or from the anchor it is given. */
function goOn({ request: { messages } }: ScriptedCall, length: number): Script {
  const sent = messages.findLast(({ role }) => role === 'assistant')?.content ?? ''
  const anchor = /<<<([\s\S]*)>>>/.exec(messages.at(-1)?.content ?? '')?.[1] ?? ''
  return says(anchor + text.slice(sent.length), { chunkLength: length, chunkMs: 1 })
}

const countPieces = (script: Script): number =>
  script.filter(({ type }) => type === 'text-delta').length

const ends: readonly ScriptStep[] = [
  { type: 'fault', evidence: { kind: 'cut' } },
  { type: 'fault', evidence: { kind: 'error-event', body: '{}', headers: {} } },
  { type: 'hang' },
]

const part = fc.record({
  /** Pieces before the answer breaks off. */
  pieces: fc.nat(80),
  length: fc.integer({ min: 1, max: 7 }),
  end: fc.constantFrom(...ends),
  prefill: fc.boolean(),
})

function deliveredText(events: readonly CallEvent[]): string {
  const from = events.findLastIndex(({ type }) => type === 'reset')
  return events
    .slice(from + 1)
    .map((event) => (event.type === 'text-delta' ? event.text : ''))
    .join('')
}

test('a text in three parts from three models has no seam', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 3, maxLength: 3 }), async (parts) => {
      const clock = createFakeClock()
      const models = parts.map(({ pieces, length, end, prefill }, index) =>
        scriptedModel({
          clock,
          id: `m${index}`,
          capabilities: { prefill },
          script: (call) => {
            const whole = goOn(call, length)
            if (index === parts.length - 1) return whole
            // Always before the end: a continuation with nothing to add is no whole answer.
            return cutAfter(whole, Math.min(pieces, countPieces(whole) - 1), end)
          },
        }),
      )
      const timeout = { chunkMs: 50, firstContentMs: 50 }
      const model = protect(models, { clock, midStream: 'continue', timeout })
      const { events } = await readBeforeDeadline(clock, 5_000, (deadline) =>
        model.call(request, { deadline, stream: true }),
      )
      expect(events.map(({ type }) => type)).not.toContain('reset')
      expect(deliveredText(events)).toBe(text)
      expect(events.at(-1)).toMatchObject({ outcome: { status: 'complete', result: { text } } })
      expect(clock.pendingTimers).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('whatever a second model makes of it no text is lost or doubled', async () => {
  const stray = fc.constantFrom<(call: ScriptedCall) => Script>(
    (call) => goOn(call, 3),
    () => says(text),
    () => says(`Of course! ${text}`),
    ({ request: { messages } }) =>
      says(messages.length === 1 ? text : text.slice((messages[1]?.content.length ?? 0) - 5)),
    () => [{ type: 'finish', finishReason: 'stop', response: {} }],
  )
  await fc.assert(
    fc.asyncProperty(part, stray, async ({ pieces, length, end }, second) => {
      const clock = createFakeClock()
      const models = [
        scriptedModel({
          clock,
          id: 'm0',
          script: (call) => cutAfter(goOn(call, length), pieces, end),
        }),
        scriptedModel({ clock, id: 'm1', script: second }),
        scriptedModel({ clock, id: 'm2', script: (call) => goOn(call, 5) }),
      ]
      const timeout = { chunkMs: 50, firstContentMs: 50 }
      const model = protect(models, { clock, midStream: 'continue', timeout })
      const { events } = await readBeforeDeadline(clock, 5_000, (deadline) =>
        model.call(request, { deadline, stream: true }),
      )
      const last = events.at(-1)
      if (last?.type !== 'call-finished') throw new Error('The call has no outcome')
      const whole = [text, `Of course! ${text}`]
      if (last.outcome.status === 'complete') {
        // A model that says more than it should when it begins anew has still said one whole answer.
        expect(whole).toContain(last.outcome.result.text)
        expect(deliveredText(events)).toBe(last.outcome.result.text)
      } else {
        expect(text.startsWith(deliveredText(events))).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
