import { beforeAll, describe, expect, it } from 'vitest'
import type { TokenCount } from '../model/conversation.ts'
import { createRandom } from './conversation.fixture.ts'
import { countTokens, loadTokenizer } from './count-tokens.ts'
import { createTokenCalibration } from './token-calibration.ts'
import { addTokens, noTokens } from './token-count.ts'
import { tokenizerFamily } from './tokenizer-family.ts'

const overhead = 11

/** What a message counts with us, and with a tokenizer that the calibration knows nothing of. */
interface Piece {
  readonly ours: TokenCount
  readonly theirs: number
}

/** What requests are mixed of, a kind at a time; several sentences of each, since no two are alike. */
const kinds: readonly (readonly string[])[] = [
  [
    'We moved the meeting to Thursday because the address on the invoice is still wrong. ',
    'Could you tell me whether the parcel has left the warehouse in Rotterdam yet? ',
  ],
  ['我们把会议改到星期四，因为发票上的地址还是错的。', '请问包裹已经离开鹿特丹的仓库了吗？'],
  [
    'Мы перенесли встречу на четверг, потому что адрес в счёте всё ещё неверный. ',
    'Скажите, пожалуйста, посылка уже покинула склад в Роттердаме? ',
  ],
  [
    'हमने बैठक गुरुवार को कर दी है क्योंकि चालान पर पता अब भी गलत है। ',
    'क्या आप बता सकते हैं कि पार्सल रॉटरडैम के गोदाम से निकल चुका है? ',
  ],
  [
    'for (let i = 0; i < rows.length; i++) { total += rows[i].amount * rate }\n',
    'export async function load(path: string) { return await readFile(path) }\n',
  ],
  [
    '{"id":"a81f3c","items":[{"sku":"X-1029","qty":3}],"paid":false} ',
    '{"ts":1732481223,"level":"warn","msg":"retry","ms":[12,48,133]}\n',
  ],
]

let pieces: readonly (readonly Piece[])[] = []

beforeAll(async () => {
  await loadTokenizer()
  const cl100k = await import('gpt-tokenizer/encoding/cl100k_base')
  pieces = kinds.map((sentences) =>
    sentences.flatMap((sentence) =>
      [1, 2, 3].map((times) => {
        const text = sentence.repeat(times)
        return { ours: countTokens(text), theirs: cl100k.countTokens(text) }
      }),
    ),
  )
})

/** A request of `count` messages; each request has a mix of kinds of its own. */
function request(random: () => number, count: number): Piece {
  const weights = pieces.map(() => -Math.log(1 - random()))
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  let ours = noTokens
  let theirs = overhead
  for (let message = 0; message < count; message++) {
    let left = random() * all
    const kind = Math.max(
      0,
      weights.findIndex((weight) => {
        left -= weight
        return left <= 0
      }),
    )
    const choice = pieces[kind] ?? []
    const piece = choice[Math.floor(random() * choice.length)]
    ours = addTokens(ours, piece?.ours ?? noTokens)
    theirs += piece?.theirs ?? 0
  }
  return { ours, theirs }
}

describe('createTokenCalibration', () => {
  it('is exact and without margin for the models of the public tokenizer', () => {
    const calibration = createTokenCalibration('gpt-5-mini')
    const count = countTokens(kinds.flat().join(''))
    expect(calibration.estimate(count, overhead)).toBe(count.ascii + count.other + overhead)
    calibration.observe(count, 9_999, overhead)
    expect(calibration.estimate(count)).toBe(count.ascii + count.other)
    expect(calibration.margin()).toBe(0)
  })

  it('assumes more rather than less before it has seen a report', () => {
    for (const model of ['claude-haiku-4-5', 'some-model']) {
      const calibration = createTokenCalibration(model)
      const { ours, theirs } = request(createRandom(1), 100)
      const most = calibration.estimate(ours, overhead) * (1 + calibration.margin())
      expect(most).toBeGreaterThan(theirs)
    }
  })

  it('errs by at most 5 % on mixed scripts after ten reports, Hindi included', () => {
    // Some 4,000 tokens a request; one may be nearly all Chinese, and the next half code.
    const errors = reports(100).map(({ estimate, theirs }) => Math.abs(estimate / theirs - 1))
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.05)
  })

  it('states a margin that holds', () => {
    // Short requests vary most: one script may be nearly all that is in them.
    for (const messages of [4, 20, 100]) {
      const all = reports(messages)
      const tooLow = all.filter(({ estimate, margin, theirs }) => estimate * (1 + margin) < theirs)
      expect(tooLow.length / all.length).toBeLessThan(0.01)
    }
  })

  /** What was estimated, and what was reported then, from the eleventh request of 30 models on. */
  function reports(messages: number) {
    const seen: { estimate: number; margin: number; theirs: number }[] = []
    for (let seed = 1; seed <= 30; seed++) {
      const random = createRandom(seed)
      const calibration = createTokenCalibration('some-model')
      for (let report = 0; report < 40; report++) {
        const { ours, theirs } = request(random, messages)
        const estimate = calibration.estimate(ours, overhead)
        if (report >= 10) seen.push({ estimate, margin: calibration.margin(), theirs })
        calibration.observe(ours, theirs, overhead)
      }
    }
    return seen
  }

  it('goes on from its state', () => {
    const random = createRandom(3)
    const first = createTokenCalibration('some-model')
    for (let report = 0; report < 12; report++) {
      const { ours, theirs } = request(random, 10)
      first.observe(ours, theirs, overhead)
    }
    const again = createTokenCalibration('some-model', JSON.parse(JSON.stringify(first.state())))
    const { ours } = request(random, 10)
    expect(again.estimate(ours)).toBe(first.estimate(ours))
    expect(again.margin()).toBe(first.margin())
  })

  it('passes over reports that mean nothing', () => {
    const calibration = createTokenCalibration('some-model')
    const before = calibration.state()
    calibration.observe({ ascii: 100, other: 0 }, 0)
    calibration.observe({ ascii: 0, other: 0 }, 50)
    expect(calibration.state()).toEqual(before)
  })
})

describe('tokenizerFamily', () => {
  it('tells models by their ids', () => {
    for (const id of ['gpt-4o', 'openai/gpt-4.1-mini', 'gpt-5.2', 'o3', 'o4-mini', 'gpt-oss-20b']) {
      expect([id, tokenizerFamily(id).name]).toEqual([id, 'o200k'])
    }
    for (const id of ['gpt-4-turbo', 'gpt-3.5-turbo', 'llama-3.3', 'gemini-3-pro', 'olmo-2']) {
      expect([id, tokenizerFamily(id).name]).toEqual([id, 'unknown'])
    }
    expect(tokenizerFamily('anthropic/claude-haiku-4-5').name).toBe('claude')
  })
})
