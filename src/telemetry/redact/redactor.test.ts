import { describe, expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

const card = '4539200297727693'

describe('placeholders', () => {
  test('equal values bear the same number', () => {
    const { text } = createRedactor().redact('a@x.org b@x.org A@X.org')
    expect(text).toBe('[EMAIL_1] [EMAIL_2] [EMAIL_1]')
  })

  test('separators do not make another value', () => {
    const { text } = createRedactor().redact(`card ${card}, card 4539 2002 9772 7693`)
    expect(text).toBe('card [CREDIT_CARD_1], card [CREDIT_CARD_1]')
  })

  test('numbers go on from call to call', () => {
    const redactor = createRedactor()
    redactor.redact('a@x.org')
    expect(redactor.redact('b@x.org a@x.org').text).toBe('[EMAIL_2] [EMAIL_1]')
  })

  test('a scope numbers afresh under the same rules', () => {
    const redactor = createRedactor({ types: { PHONE: false } })
    redactor.redact('a@x.org')
    expect(redactor.scope().redact('b@x.org, tel (212) 555-0142').text).toBe(
      '[EMAIL_1], tel (212) 555-0142',
    )
  })

  test('a redacted text stays as it is', () => {
    const once = createRedactor().redact(`password: hunter2!Q, card ${card}, a@x.org`).text
    expect(createRedactor().redact(once)).toEqual({ text: once, findings: [] })
  })
})

describe('findings', () => {
  test('offsets count UTF-16 units of the input', () => {
    const text = '😀 日本 john@example.com'
    const { findings } = createRedactor().redact(text)
    expect(findings).toEqual([{ type: 'EMAIL', start: 6, end: 22, placeholder: '[EMAIL_1]' }])
    expect(text.slice(6, 22)).toBe('john@example.com')
  })

  test('a hidden value is replaced with what hides it', () => {
    const { text } = createRedactor().redact('x jo\u200bhn＠example．com y')
    expect(text).toBe('x [EMAIL_1] y')
  })

  test('overlapping values are masked together', () => {
    const { text } = createRedactor().redact('password: "john@example.com:4539200297727693"')
    expect(text).toBe('password: "[PASSWORD_1]"')
  })

  test('text around a value in a web address stays', () => {
    const { text } = createRedactor().redact('https://bob:pa55w0rd@db.example.org/x?page=2')
    expect(text).toBe('https://[URL_CREDENTIAL_1]@db.example.org/x?page=2')
  })

  test('base64 of a sensitive text is masked', () => {
    const hidden = Buffer.from('mail me at jane@example.com').toString('base64')
    expect(createRedactor().redact(`blob ${hidden} end`).text).toBe('blob [EMAIL_1] end')
  })
})

describe('options', () => {
  test('a type that is off stays visible', () => {
    const redactor = createRedactor({ types: { EMAIL: false } })
    expect(redactor.redact('a@x.org from 203.0.113.9').text).toBe('a@x.org from [IP_ADDRESS_1]')
  })

  test('names are masked only when asked for', () => {
    const text = 'My name is Ada Lovelace.'
    expect(createRedactor().redact(text).text).toBe(text)
    expect(createRedactor({ types: { PERSON: true } }).redact(text).text).toBe(
      'My name is [PERSON_1].',
    )
  })

  test('allowed values stay', () => {
    const redactor = createRedactor({ allow: ['help@shop.example', /@corp\.example$/g] })
    expect(redactor.redact('help@shop.example a@corp.example a@x.org').text).toBe(
      'help@shop.example a@corp.example [EMAIL_1]',
    )
  })

  test('an own detector adds its findings', () => {
    const redactor = createRedactor({
      detectors: [
        (text) =>
          [...text.matchAll(/emp-\d+/g)].map(({ index, 0: { length } }) => ({
            type: 'EMPLOYEE',
            start: index,
            end: index + length,
          })),
      ],
    })
    expect(redactor.redact('“emp-7” wrote to a@x.org').text).toBe(
      '“[EMPLOYEE_1]” wrote to [EMAIL_1]',
    )
  })

  test('an unknown type is refused at construction', () => {
    const types = { EMIAL: false } as Record<string, boolean>
    expect(() => createRedactor({ types })).toThrow(/names "EMIAL"; use one of PRIVATE_KEY, JWT/)
  })

  test('a limit has to be a whole number', () => {
    expect(() => createRedactor({ maxDepth: 0 })).toThrow(/"maxDepth" is 0/)
  })
})

describe('failing closed', () => {
  const broken = createRedactor({
    detectors: [
      () => {
        throw new Error('model is down')
      },
    ],
  })

  test('a detector that throws hides the whole text', () => {
    expect(broken.redact('a@x.org')).toEqual({ text: '[REDACTION_FAILED len=7]', findings: [] })
    expect(broken.stats().failures).toBe(1)
  })

  test('a failed JSON document is still JSON', () => {
    expect(JSON.parse(broken.redact('{"mail":"a@x.org"}').text)).toBe('[REDACTION_FAILED len=18]')
  })

  test('a detector with impossible offsets hides the text', () => {
    const redactor = createRedactor({ detectors: [() => [{ type: 'X', start: 2, end: 99 }]] })
    expect(redactor.redact('hello').text).toBe('[REDACTION_FAILED len=5]')
  })

  test('a text over the limit is hidden', () => {
    const redactor = createRedactor({ maxTextLength: 10 })
    expect(redactor.redact('hello a@x.org').text).toBe('[REDACTION_FAILED len=13]')
  })
})

test('stats count values by type over all scopes', () => {
  const redactor = createRedactor()
  redactor.redact('a@x.org b@x.org')
  redactor.scope().redact('203.0.113.9')
  expect(redactor.stats()).toEqual({ found: { EMAIL: 2, IP_ADDRESS: 1 }, failures: 0 })
})
