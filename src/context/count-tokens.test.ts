import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from './conversation.fixture.ts'
import { countMessage, countTokens, loadTokenizer } from './count-tokens.ts'
import { sumTokens } from './token-count.ts'

let reference: (text: string) => number

describe('countTokens', () => {
  beforeAll(async () => {
    await loadTokenizer()
    const o200k = await import('gpt-tokenizer/encoding/o200k_base')
    reference = (text) => o200k.encode(text, { disallowedSpecial: new Set() }).length
  })

  const pieces = [
    'The invoice ',
    "isn't paid, ",
    'naïve café ',
    '我们把会议改到星期四。',
    'Мы перенесли встречу ',
    'बैठक गुरुवार को ',
    'اجتماع يوم الخميس ',
    '会議は木曜日 ',
    '👩‍🚀🎉 ',
    'for (let i = 0; i < n; i++) {\n\t',
    '{"id": 4711, "ok": true}',
    '\r\n\n  ',
    ' ',
    'aGVsbG8gd29ybGQ=',
    '<|endoftext|>',
    '////---===',
    '\ud83d',
  ]

  it('is exact on mixed scripts', () => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((all) => all.join(''))
    fc.assert(
      fc.property(text, (mixed) => {
        expect(sumTokens(countTokens(mixed))).toBe(reference(mixed))
      }),
    )
  })

  it('is exact on any text without long runs', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => {
        expect(sumTokens(countTokens(text))).toBe(reference(text))
      }),
    )
  })

  it('parts what is outside ASCII from the rest', () => {
    expect(countTokens('plain words')).toEqual({ ascii: 2, other: 0 })
    expect(countTokens('')).toEqual({ ascii: 0, other: 0 })
    const mixed = countTokens('plain words 世界')
    expect(mixed.ascii).toBe(2)
    expect(mixed.other).toBeGreaterThan(0)
  })

  it('is never too low on long runs, and little too high', () => {
    for (const unit of ['a', ' ', '=', 'ab', '中', '😀', 'é', '\n']) {
      const run = `Before ${unit.repeat(600)} after`
      const counted = sumTokens(countTokens(run))
      expect(counted).toBeGreaterThanOrEqual(reference(run))
      expect(counted).toBeLessThanOrEqual(reference(run) * 1.05 + 12)
    }
  })

  it('never cuts a surrogate pair', () => {
    // One unpaired half in front puts every pair across a cut.
    const run = `x${'😀'.repeat(300)}`
    expect(sumTokens(countTokens(run))).toBeLessThanOrEqual(reference(run) + 12)
  })

  it('is within 3 % of the whole where it samples', () => {
    const random = createRandom(4)
    const text = Array.from({ length: 120_000 }, () =>
      String.fromCharCode(97 + Math.floor(random() * 26)),
    ).join('')
    const blocks = text.match(/.{1,120}/g) ?? []
    const whole = blocks.reduce((sum, block) => sum + reference(block), 0)
    const counted = sumTokens(countTokens(text))
    expect(counted / whole).toBeGreaterThan(0.99)
    expect(counted / whole).toBeLessThan(1.04)
  })

  it.each([
    ['one letter', 'a'],
    ['white space', ' \t\n'],
    ['emoji', '😀😁😂🤣'],
    ['Chinese without punctuation', '我们把会议改到星期四因为发票上地址还是错的'],
    ['Hindi', 'कखगघचछजझटठडढणतथदधनपफबभमयरलवश'],
    ['base64', 'aGVsbG8rd29ybGQvZm9vPT0xMjM0NTY3ODkw'],
    ['words of 32,000 letters', 'words'],
  ])('counts a megabyte of %s within 250 ms of CPU', (kind, characters) => {
    const text = kind.startsWith('words') ? wordsOf(32_000) : scrambled(characters, 1_000_000)
    const before = process.cpuUsage()
    countTokens(text)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(250)
  })

  function scrambled(characters: string, length: number): string {
    const random = createRandom(9)
    const units = Array.from(characters)
    let text = ''
    while (text.length < length) text += units[Math.floor(random() * units.length)]
    return text
  }

  const wordsOf = (length: number) => `${'ab'.repeat(length / 2)} `.repeat(31)
})

describe('countMessage', () => {
  beforeAll(loadTokenizer)

  it('counts names and arguments of tool calls', () => {
    const content = 'Looking it up.'
    const call = { id: '1', name: 'lookup', arguments: '{"parcel":4711}' }
    const alone = countMessage({ role: 'assistant', content })
    const withCall = countMessage({ role: 'assistant', content, toolCalls: [call] })
    const added = sumTokens(countTokens(call.name)) + sumTokens(countTokens(call.arguments))
    expect(sumTokens(withCall)).toBe(sumTokens(alone) + added)
  })
})
