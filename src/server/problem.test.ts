import { describe, expect, it } from 'vitest'
import { errorCodes, HoldfastError, invalidConfig } from '../base/errors.ts'
import { problemOf, retryAfterSeconds } from './problem.ts'

describe('problemOf', () => {
  it('gives an input error with its issues', () => {
    const issues = [{ path: 'message', message: 'is empty' }]
    const found = problemOf(new HoldfastError('INVALID_INPUT', 'Wrong.', { issues }))
    expect(found).toMatchObject({ status: 400, code: 'INVALID_INPUT', detail: 'Wrong.', issues })
  })

  it('says nothing of what an unexpected error holds', () => {
    const found = problemOf(new Error('password=hunter2'))
    expect(found).toMatchObject({ status: 500, code: 'INTERNAL' })
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })

  it('keeps the value of a bad setting in the log', () => {
    expect(JSON.stringify(problemOf(invalidConfig('queue', 'redis://u:p@h', 'x')))).not.toContain(
      'u:p',
    )
  })

  it('has a status and a title for every code', () => {
    for (const code of errorCodes) {
      const error = new HoldfastError(code, 'x', {} as never)
      expect(problemOf(error).status).toBeGreaterThanOrEqual(400)
      expect(problemOf(error).title).not.toBe('The request failed')
    }
  })
})

describe('retryAfterSeconds', () => {
  it('rounds up and is at least one second', () => {
    const overloaded = (retryAfterMs: number) =>
      new HoldfastError('OVERLOADED', 'x', { retryAfterMs })
    expect([overloaded(10), overloaded(1_001)].map(retryAfterSeconds)).toEqual([1, 2])
    expect(retryAfterSeconds(new Error('x'))).toBeUndefined()
  })
})
