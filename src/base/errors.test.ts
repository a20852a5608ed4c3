import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCodes, HoldfastError, invalidConfig, isHoldfastError, messageOf } from './errors.ts'

describe('HoldfastError', () => {
  it('carries code, data, cause and whether to retry', () => {
    const cause = new Error('disk')
    const error = new HoldfastError('STORE_UNAVAILABLE', 'Away.', { location: 'x.db' }, { cause })
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true, cause })
    expect(error.data.location).toBe('x.db')
  })

  it('is recognised by its brand across copies of the package', () => {
    const foreign = Object.assign(new Error('x'), {
      code: 'NO_ANSWER',
      [Symbol.for('holdfast.error')]: true,
    })
    expect(isHoldfastError(foreign)).toBe(true)
    expect(isHoldfastError(foreign, 'NO_ANSWER')).toBe(true)
    expect(isHoldfastError(foreign, 'NOT_FOUND')).toBe(false)
  })

  it('does not take other errors for its own', () => {
    expect(isHoldfastError(Object.assign(new Error('x'), { code: 'NO_ANSWER' }))).toBe(false)
    expect(isHoldfastError(undefined)).toBe(false)
    expect(isHoldfastError('NO_ANSWER')).toBe(false)
  })

  it('names option, value and expectation of a bad option', () => {
    const error = invalidConfig('port', 'abc', 'a number')
    expect(error.message).toBe('port is "abc"; expected a number.')
    expect(error.data).toEqual({ option: 'port', value: 'abc' })
  })

  it('reads a message out of anything thrown', () => {
    expect(messageOf(new Error('a'))).toBe('a')
    expect(messageOf('b')).toBe('b')
    expect(messageOf(undefined)).toBe('undefined')
  })

  it('has every code documented, and no other', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8')
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
    expect(documented).toEqual(errorCodes)
  })
})
