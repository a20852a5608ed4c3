import { describe, expect, it } from 'vitest'
import { errorCode, networkFault, protocolFault } from './failures.ts'

const failed = (code: string, more: object = {}): Error =>
  Object.assign(new Error('failed'), { code, ...more })

describe('networkFault', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('knows that nothing was sent at %s', (code) => {
    expect(networkFault(failed(code)).evidence).toEqual({ kind: 'network', code, sent: false })
  })

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'HPE_INVALID_CONSTANT'])(
    'takes it that the request was sent at %s',
    (code) => {
      expect(networkFault(failed(code)).evidence).toEqual({ kind: 'network', code, sent: true })
    },
  )

  it('knows that a connection that timed out sent nothing', () => {
    const error = failed('ETIMEDOUT', { syscall: 'connect' })
    expect(networkFault(error).evidence).toMatchObject({ sent: false })
  })
})

describe('errorCode', () => {
  it('finds the code along the causes', () => {
    const error = new TypeError('x', { cause: new Error('y', { cause: failed('ECONNRESET') }) })
    expect(errorCode(error)).toBe('ECONNRESET')
  })

  it('falls back to the name', () => {
    expect(errorCode(new RangeError('x'))).toBe('RangeError')
    expect(errorCode('x')).toBe('UNKNOWN')
  })

  it('ends for an error that causes itself', () => {
    const error = new Error('x')
    error.cause = error
    expect(errorCode(error)).toBe('Error')
  })
})

describe('protocolFault', () => {
  it('shows the beginning of a body', () => {
    expect(protocolFault('html', 'x'.repeat(500)).evidence).toEqual({
      kind: 'protocol',
      problem: 'html',
      excerpt: 'x'.repeat(200),
    })
  })
})
