import { seededRandom } from '../../src/drill/seeded.ts'
import type { Usage } from '../../src/model/usage.ts'
import type { ProtectPolicy } from '../../src/resilience/protect.ts'
import { cutAfter, fails, type Script, says } from '../../src/testing/scripted-model.ts'

/** One scenario: the models with what they do, and how they are called. */
export interface Scene {
  readonly kind: string
  readonly scripts: readonly (readonly Script[])[]
  readonly policy?: Partial<ProtectPolicy>
  readonly stream?: boolean
  readonly deadlineMs?: number
  /** The caller gives up after so long. */
  readonly abortAfterMs?: number
  /** The reader stops the answer after so long. */
  readonly stopAfterMs?: number
  /** The answer is sent back once with what is wrong. */
  readonly corrects?: boolean
  /** The call was accepted by another process and has waited. */
  readonly waitedMs?: number
  /** A pipeline with a cache is asked the same this often. */
  readonly asks?: number
}

type Dice = (most: number) => number

const down = (status: number) => fails({ kind: 'http', status, headers: {}, body: '' }, 10)

/** The scenario of a seed; its kind goes round with the seeds, its figures follow from them. */
export function sceneOf(seed: number): Scene {
  const random = seededRandom(seed)
  const dice: Dice = (most) => Math.floor(random() * most)
  const usage = (): Usage => ({
    inputTokens: 1 + dice(5_000),
    outputTokens: 1 + dice(800),
    ...(dice(3) === 0 && { cachedInputTokens: dice(1) + 1 }),
    ...(dice(4) === 0 && { reasoningTokens: 1 }),
  })
  const answer = (options: { firstMs?: number } = {}) =>
    says('one two three four five six', {
      firstMs: 20 + dice(40),
      chunkMs: 5,
      usage: usage(),
      ...options,
    })
  const cut = () => cutAfter(answer(), 1 + dice(4), { type: 'fault', evidence: { kind: 'cut' } })
  const tooLong = (): Script =>
    answer().map((step) => (step.type === 'finish' ? { ...step, finishReason: 'length' } : step))
  const callsTool = (): Script => [
    { type: 'response-started', response: { requestId: 'r1', servedModel: 'model-0-2026-01-01' } },
    { type: 'tool-call', toolCall: { id: 'c1', name: 'find_order', arguments: '{"order": 7}' } },
    { type: 'finish', finishReason: 'tool-calls', response: {}, usage: usage() },
  ]
  const valid = () => says('{"count": 6}', { usage: usage(), fingerprint: 'fp_1' })
  const kinds: (() => Scene)[] = [
    () => ({ kind: 'plain', scripts: [[answer()]], stream: dice(2) === 0 }),
    () => ({ kind: 'retry', scripts: [[down(503), answer()], [answer()]] }),
    () => ({ kind: 'rate limit', scripts: [[down(429), down(429)], [answer()]] }),
    () => ({ kind: 'fallback', scripts: [[down(500), down(500), down(500)], [answer()]] }),
    () => ({ kind: 'all down', scripts: [[down(500)], [down(503)]] }),
    () => ({
      kind: 'hedge',
      scripts: [[answer({ firstMs: 1_000 + dice(500) })], [answer()]],
      policy: { hedge: { afterMs: 100, share: 1 } },
    }),
    () => ({
      kind: 'lost hedge',
      scripts: [[answer({ firstMs: 180 })], [answer({ firstMs: 900 })]],
      policy: { hedge: { afterMs: 100, share: 1 } },
    }),
    () => ({ kind: 'abort', scripts: [[answer()]], abortAfterMs: 5 + dice(60) }),
    () => ({ kind: 'stop', scripts: [[answer()]], stopAfterMs: 5 + dice(60) }),
    () => ({ kind: 'cut, begun anew', scripts: [[cut()], [answer()]] }),
    () => ({
      kind: 'cut, gone on',
      scripts: [[cut()], [answer()]],
      policy: { midStream: 'continue' },
    }),
    () => ({
      kind: 'cut, finished',
      scripts: [[cut()], [answer()]],
      policy: { midStream: 'finish' },
    }),
    () => ({ kind: 'too long', scripts: [[tooLong()], [answer()]] }),
    () => ({ kind: 'hangs', scripts: [[[{ type: 'hang' }]], [answer()]], deadlineMs: 1_500 }),
    () => ({
      kind: 'correction',
      scripts: [[answer(), answer()]],
      corrects: true,
      deadlineMs: 20_000,
    }),
    () => ({ kind: 'tool call', scripts: [[callsTool()]] }),
    () => ({ kind: 'cache', scripts: [[valid()]], asks: 2 + dice(3) }),
    () => ({ kind: 'cache, corrected', scripts: [[answer(), valid()]], asks: 2 }),
    () => ({ kind: 'job', scripts: [[cut()], [answer()]], waitedMs: 200 + dice(900) }),
  ]
  return kinds[seed % kinds.length]?.() ?? { kind: 'plain', scripts: [[answer()]] }
}
