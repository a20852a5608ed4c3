import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../base/errors.ts'
import { type FaultEvidence, isModelFault, ModelFault } from './fault.ts'

const model = { provider: 'openai', id: 'gpt-5' }

describe('ModelFault', () => {
  it('names the model and what was seen, for every kind of evidence', () => {
    const seen: FaultEvidence[] = [
      { kind: 'http', status: 503, headers: {}, body: '' },
      { kind: 'network', code: 'ECONNREFUSED', sent: false },
      { kind: 'error-event', body: '{}', headers: {} },
      { kind: 'cut' },
      { kind: 'protocol', problem: 'html', excerpt: '<html>' },
      { kind: 'too-large', limitBytes: 10 },
      { kind: 'unsupported', feature: 'images' },
    ]
    const messages = seen.map((evidence) => new ModelFault(model, evidence).message)
    expect(new Set(messages).size).toBe(seen.length)
    for (const message of messages) expect(message).toMatch(/^openai\/gpt-5: .+\.$/)
  })

  it('is told apart from other errors', () => {
    expect(isModelFault(new ModelFault(model, { kind: 'cut' }))).toBe(true)
    expect(isModelFault(new HoldfastError('NOT_FOUND', 'x', { kind: 'a', id: 'b' }))).toBe(false)
    expect(isModelFault(new Error('cut'))).toBe(false)
  })
})
