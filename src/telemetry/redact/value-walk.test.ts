import { describe, expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

const redactValue = (value: unknown): unknown => createRedactor().redactValue(value)

describe('keys', () => {
  test.each([
    [{ password: 'x' }, { password: '[PASSWORD_1]' }],
    [{ dbPassword: 'two words' }, { dbPassword: '[PASSWORD_1]' }],
    [{ pin: 4821 }, { pin: '[PASSWORD_1]' }],
    [{ apiKey: 'short' }, { apiKey: '[API_KEY_1]' }],
    [{ Authorization: 'Custom abc' }, { Authorization: '[API_KEY_1]' }],
    [{ 'set-cookie': 'theme=dark' }, { 'set-cookie': '[API_KEY_1]' }],
    [{ ssn: 536228145 }, { ssn: '[US_SSN_1]' }],
    [{ phoneNumber: '4155550164' }, { phoneNumber: '[PHONE_1]' }],
    [{ dateOfBirth: '1990-07-01' }, { dateOfBirth: '[DATE_OF_BIRTH_1]' }],
    [{ passport_no: 'X1234567' }, { passport_no: '[PASSPORT_1]' }],
    [{ 'jane@x.org': 1 }, { '[EMAIL_1]': 1 }],
  ])('decide about the value of %j', (input, output) => {
    expect(redactValue(input)).toEqual(output)
  })

  test.each([
    { maxTokens: 4096 },
    { tokens: ['a', 'b'] },
    { orderId: 4155550164 },
    { key: 'name' },
    { primaryKey: 'user_id' },
    { passwordRequired: true },
    { token: null },
  ])('leave %j alone', (input) => {
    expect(redactValue(input)).toEqual(input)
  })

  test('a pair of name and value is a key with its value', () => {
    const headers = [{ name: 'Authorization', value: 'Custom abc' }]
    expect(redactValue(headers)).toEqual([{ name: 'Authorization', value: '[API_KEY_1]' }])
  })

  test('everything below credentials is secret', () => {
    expect(redactValue({ credentials: { user: 'bob', keys: ['a', 7] } })).toEqual({
      credentials: { user: '[API_KEY_1]', keys: ['[API_KEY_2]', '[API_KEY_3]'] },
    })
  })
})

describe('kinds of values', () => {
  test('tool-call arguments stay JSON', () => {
    const call = { arguments: '{"to":"a@x.org","card":4539200297727693}' }
    expect(redactValue(call)).toEqual({
      arguments: '{"to":"[EMAIL_1]","card":"[CREDIT_CARD_1]"}',
    })
  })

  test('errors keep name, message, stack and cause', () => {
    const error = new TypeError('no user a@x.org', { cause: new Error('ssn 536-22-8145') })
    Object.assign(error, { status: 401, config: { headers: { accept: '*/*', apiKey: 'k' } } })
    expect(redactValue(error)).toMatchObject({
      name: 'TypeError',
      message: 'no user [EMAIL_1]',
      stack: expect.stringMatching(/^TypeError: no user \[EMAIL_1\]\n/),
      status: 401,
      cause: { message: 'ssn [US_SSN_1]' },
      config: { headers: { apiKey: '[API_KEY_1]' } },
    })
  })

  test('headers, maps, sets and addresses become plain data', () => {
    const input = {
      headers: new Headers({ 'X-Api-Key': 'k1', accept: 'text/html' }),
      query: new URLSearchParams({ password: 'p', page: '2' }),
      map: new Map([['secret', 's']]),
      pairs: new Map([[{ id: 1 }, 'a@x.org']]),
      set: new Set(['a@x.org']),
      url: new URL('https://u:pw@x.org/p'),
    }
    expect(redactValue(input)).toEqual({
      headers: { 'x-api-key': '[API_KEY_1]', accept: 'text/html' },
      query: { password: '[PASSWORD_1]', page: '2' },
      map: { secret: '[API_KEY_2]' },
      pairs: [[{ id: 1 }, '[EMAIL_1]']],
      set: ['[EMAIL_1]'],
      url: 'https://[URL_CREDENTIAL_1]@x.org/p',
    })
  })

  test('values that are not data are described', () => {
    const input = {
      bytes: new Uint8Array(5),
      buffer: Buffer.from('secret'),
      big: 12n,
      date: new Date(0),
      never: new Date(Number.NaN),
      call() {},
      sign: Symbol('a@x.org'),
      pattern: /a/g,
      pending: Promise.resolve(),
      boxed: Object('a@x.org'),
    }
    expect(redactValue(input)).toEqual({
      bytes: '[Uint8Array 5 bytes]',
      buffer: '[Buffer 6 bytes]',
      big: '12',
      date: '1970-01-01T00:00:00.000Z',
      never: '[Invalid Date]',
      call: '[Function call]',
      sign: 'Symbol([EMAIL_1])',
      pattern: '/a/g',
      pending: '[Promise]',
      boxed: '[EMAIL_1]',
    })
  })

  test('toJSON speaks for its object', () => {
    expect(redactValue({ toJSON: () => ({ mail: 'a@x.org' }) })).toEqual({ mail: '[EMAIL_1]' })
  })
})

describe('hostile values', () => {
  test('a cycle is named, a repeated object is not one', () => {
    const shared = { n: 1 }
    const input: Record<string, unknown> = { a: shared, b: shared }
    input.self = input
    expect(redactValue(input)).toEqual({ a: { n: 1 }, b: { n: 1 }, self: '[Circular]' })
  })

  test('a getter that throws hides only itself', () => {
    const redactor = createRedactor()
    const input = {
      good: 1,
      get bad(): string {
        throw new Error('a@x.org')
      },
    }
    expect(redactor.redactValue(input)).toEqual({ good: 1, bad: '[REDACTION_FAILED len=0]' })
    expect(redactor.stats().failures).toBe(1)
  })

  test('a proxy that throws is hidden', () => {
    const input = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no')
        },
      },
    )
    expect(redactValue([input])).toEqual(['[REDACTION_FAILED len=0]'])
  })

  test('depth and size are limited', () => {
    const redactor = createRedactor({ maxDepth: 2, maxNodes: 5 })
    expect(redactor.redactValue({ a: { b: { c: 'a@x.org' } } })).toEqual({
      a: { b: { c: '[REDACTION_FAILED len=0]' } },
    })
    const list = redactor.redactValue(['a', 'b', 'c', 'd', 'a@x.org'])
    expect(list).toEqual(['a', 'b', 'c', 'd', '[REDACTION_FAILED len=0]'])
  })

  test('a __proto__ key stays a key', () => {
    const copy = redactValue(JSON.parse('{"__proto__":{"admin":true}}')) as object
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}')
  })
})
