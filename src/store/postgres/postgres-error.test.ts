import { describe, expect, test } from 'vitest'
import { HoldfastError } from '../../base/errors.ts'
import { isConflict, toStoreError, violates } from './postgres-error.ts'

const location = 'postgres://db:5432/app'

function ofServer(code: string, message = 'as it says') {
  return Object.assign(new Error(message), { code, severity: 'ERROR' })
}

function ofSystem(code: string, message = '') {
  return Object.assign(new Error(message), { code })
}

describe('an error of the driver', () => {
  test.each([
    [ofSystem('ECONNREFUSED'), /nobody listens there/],
    [ofSystem('ENOTFOUND'), /no address. Correct the host/],
    [ofSystem('EPIPE', 'write EPIPE'), /write EPIPE. Check that the server runs/],
    [ofSystem('ETIMEDOUT'), /ETIMEDOUT. Check that the server runs/],
    [new Error('Query read timeout'), /Query read timeout. Check/],
    ['text', /text. Check/],
    [ofServer('28P01'), /refuses the user or the password/],
    [ofServer('3D000'), /no such database/],
    [ofServer('08006'), /connection was lost/],
    [ofServer('57P01'), /shutting down or starting up/],
    [ofServer('55P03'), /held a lock for too long/],
    [ofServer('40P01'), /Try again/],
    [ofServer('XX000', 'boom'), /Postgres reports XX000: boom/],
  ])('%s is a store that cannot be used', (thrown, message) => {
    expect(toStoreError(location, thrown)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      data: { location },
      cause: thrown,
      message: expect.stringMatching(message),
    })
  })

  test.each(['22P02', '22003', '23502', '54000'])('%s is an invalid input', (code) => {
    expect(toStoreError(location, ofServer(code))).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('one of ours is passed on', () => {
    const ours = new HoldfastError('NOT_FOUND', 'x', { kind: 'answer', id: 'a' })
    expect(toStoreError(location, ours)).toBe(ours)
  })

  test('a code without severity is not the server’s', () => {
    expect(isConflict(ofServer('40001'))).toBe(true)
    expect(isConflict(ofSystem('40001'))).toBe(false)
    expect(isConflict(ofServer('23505'))).toBe(false)
  })

  test('a violation names its constraint', () => {
    const violation = Object.assign(ofServer('23505'), { constraint: 'turns_pkey' })
    expect(violates(violation, 'turns_pkey')).toBe(true)
    expect(violates(violation, 'append_keys_pkey')).toBe(false)
  })
})
