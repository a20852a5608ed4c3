import { describe, expect, it } from 'vitest'
import { countTokens } from './count-tokens.ts'

// In a process of its own: once loaded, the tokenizer stays.
describe('countTokens before its tokenizer is loaded', () => {
  it('says what to do', () => {
    expect(() => countTokens('hello')).toThrow(/Await loadTokenizer\(\) once/)
  })
})
