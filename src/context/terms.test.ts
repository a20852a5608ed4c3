import { describe, expect, it } from 'vitest'
import { porterStem } from './porter-stem.ts'
import { relatedTerms } from './related-words.ts'
import { termsOf } from './terms.ts'

describe('porterStem', () => {
  it('agrees with the examples of the paper', () => {
    const examples = `caresses caress, ponies poni, cats cat, feed feed, agreed agre, plastered plaster,
      motoring motor, sing sing, conflated conflat, troubled troubl, sized size, hopping hop,
      falling fall, hissing hiss, failing fail, filing file, happy happi, sky sky,
      relational relat, conditional condit, valenci valenc, digitizer digit, operator oper,
      feudalism feudal, decisiveness decis, hopefulness hope, callousness callous,
      formaliti formal, sensitiviti sensit, triplicate triplic, formative form, formalize formal,
      electrical electr, goodness good, revival reviv, allowance allow, inference infer,
      airliner airlin, adjustable adjust, defensible defens, irritant irrit, replacement replac,
      adoption adopt, communism commun, activate activ, effective effect, bowdlerize bowdler,
      probate probat, rate rate, cease ceas, controll control, roll roll`
    for (const example of examples.split(',')) {
      const [word = '', stem] = example.trim().split(' ')
      expect([word, porterStem(word)]).toEqual([word, stem])
    }
  })
})

describe('termsOf', () => {
  it('lets the forms of a word meet', () => {
    expect(termsOf('She went swimming')).toEqual(termsOf('go swim'))
    expect(termsOf("the children's books")).toEqual(termsOf('child book'))
    expect(termsOf('two cafés')).toEqual(termsOf('2 cafe'))
  })

  it('leaves out what says nothing', () => {
    expect(termsOf('What did you do when it was there?')).toEqual([])
  })

  it('reads scripts without spaces in pairs', () => {
    expect(termsOf('会议改到星期四')).toContain('星期')
    expect(termsOf('星期四')).toEqual(['星期', '期四'])
  })

  it('lets inflected words outside Latin meet in their beginning', () => {
    expect(termsOf('встречу')).toEqual(termsOf('встречи'))
  })

  it('takes no longer than its text', () => {
    expect(termsOf('a'.repeat(100_000))[0]?.length).toBeLessThanOrEqual(32)
  })
})

describe('relatedTerms', () => {
  it('leads from a kind to what belongs to it', () => {
    const [sport = ''] = termsOf('sports')
    const [tennis = ''] = termsOf('tennis')
    expect(relatedTerms(sport)?.get(tennis)).toBeGreaterThan(0)
    expect(relatedTerms(tennis)?.has(sport)).not.toBe(true)
  })

  it('leads both ways between words that stand for one another', () => {
    const [buy = '', purchase = ''] = termsOf('bought purchased')
    expect(relatedTerms(buy)?.has(purchase)).toBe(true)
    expect(relatedTerms(purchase)?.has(buy)).toBe(true)
  })
})
