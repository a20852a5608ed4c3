import { describe, expect, it } from 'vitest'
import { conversationKey } from '../model/conversation.ts'
import { type Capture, createCapture } from './capture.ts'
import { CleanMemo } from './clean-memo.ts'
import { createRedactor, type Redactor } from './redact/redactor.ts'

const email = 'jane.roe@example.com'

function captureWith(redactor: Redactor, onFailure = () => {}): Capture {
  return createCapture({ redactor: redactor.scope(), memo: new CleanMemo(), onFailure })
}

/** A redactor whose every method throws, as one with a bug would. */
const broken: Redactor = {
  redact: fail,
  redactValue: fail,
  redactStream: fail,
  scope: () => broken,
  stats: () => ({ found: {}, failures: 0 }),
}

function fail(): never {
  throw new Error(`cannot redact ${email}`)
}

describe('capture', () => {
  const capture = captureWith(createRedactor())

  it('gives the same value the same placeholder in all of a trace', () => {
    const scope = captureWith(createRedactor())
    expect(scope.text(`to ${email}`)).toBe('to [EMAIL_1]')
    expect(scope.attributes({ note: `from ${email}` })).toEqual({ note: 'from [EMAIL_1]' })
    expect(scope.value({ deep: [email, 'max@example.org'] })).toEqual({
      deep: ['[EMAIL_1]', '[EMAIL_2]'],
    })
  })

  it('takes a value for what its key says', () => {
    const clean = capture.attributes({ password: 'hunter2', authorization: 'Bearer abc.def', n: 3 })
    expect(JSON.stringify(clean)).not.toMatch(/hunter2|abc\.def/)
    expect(clean.n).toBe(3)
  })

  it('cleans the names of attributes', () => {
    expect(Object.keys(capture.attributes({ [email]: 'x' }))).toEqual(['[EMAIL_1]'])
  })

  it('leaves its own counts alone, whatever they look like', () => {
    const counts = { 'gen_ai.usage.input_tokens': 4_111_111_111_111_111, 'holdfast.attempts': 2 }
    expect(capture.attributes(counts)).toEqual(counts)
  })

  it('leaves out what is undefined', () => {
    expect(capture.attributes({ a: undefined, b: true, c: ['x', email] })).toEqual({
      b: true,
      c: ['x', '[EMAIL_1]'],
    })
  })

  it('keeps a conversation together without telling whose it is', () => {
    const clean = capture.attributes({ 'gen_ai.conversation.id': email })
    expect(clean).toEqual({ 'gen_ai.conversation.id': conversationKey(email) })
    expect(conversationKey(email)).not.toContain('jane')
    expect(capture.attributes({ 'gen_ai.conversation.id': 'user-7' })).toEqual({
      'gen_ai.conversation.id': 'user-7',
    })
  })

  it('cuts long texts and leaves no half of a value', () => {
    const text = `${'word '.repeat(820)}${email} and ${'more '.repeat(100)}`
    const cut = capture.cut(text, 4_105)
    expect(cut.length).toBeLessThan(4_105)
    expect(cut).not.toContain('jane')
    expect(cut).toContain(`[cut from ${text.length} characters]`)
  })

  it('tells name, code, message, stack and causes of an error, clean', () => {
    const cause = Object.assign(new Error(`no mailbox ${email}`), { code: 'E_MAIL' })
    const error = new TypeError(`failed for ${email}`, { cause })
    const facts = capture.error(error)
    expect(facts.name).toBe('TypeError')
    expect(facts.summary).toBe(
      'TypeError: failed for [EMAIL_1]; cause: Error (E_MAIL): no mailbox [EMAIL_1]',
    )
    expect(facts.stack).toContain('capture.test.ts')
    expect(JSON.stringify(facts)).not.toContain('jane')
  })

  it('follows an error that is its own cause only so far', () => {
    const error = new Error('round')
    error.cause = error
    expect(capture.error(error).summary.match(/round/g)).toHaveLength(6)
  })

  it('tells what was thrown and is no error', () => {
    expect(capture.error(email).summary).toBe('[EMAIL_1]')
    expect(capture.error(Object.create(null)).summary).toBe('an unreadable object')
  })

  it('withholds everything when the redactor fails, and counts it', () => {
    let failures = 0
    const closed = captureWith(broken, () => failures++)
    const told = [
      closed.text(email),
      closed.cut(email.repeat(500), 100),
      closed.value({ email }),
      closed.attributes({ note: email, card: 4_111_111_111_111_111, [email]: email }),
      closed.error(new Error(email)),
    ]
    expect(JSON.stringify(told)).not.toMatch(/jane|4111|cannot redact/)
    expect(JSON.stringify(told)).toContain('[REDACTION_FAILED len=20]')
    expect(failures).toBeGreaterThanOrEqual(8)
  })

  it('withholds an error whose message cannot be read', () => {
    const error = new Error('x')
    Object.defineProperty(error, 'message', {
      get() {
        throw new Error(email)
      },
    })
    expect(capture.error(error)).toEqual({ name: 'Error', summary: '[REDACTION_FAILED len=0]' })
  })
})

describe('CleanMemo', () => {
  it('remembers only what is clean', () => {
    const memo = new CleanMemo()
    let looks = 0
    const redactor: Redactor = {
      ...broken,
      redact(text) {
        looks++
        return { text: text.replaceAll(email, '[EMAIL_1]'), findings: [] }
      },
    }
    for (let time = 0; time < 3; time++) {
      expect(memo.text('gpt-5-mini', redactor)).toBe('gpt-5-mini')
      expect(memo.text(email, redactor)).toBe('[EMAIL_1]')
    }
    expect(looks).toBe(1 + 3)
  })

  it('does not grow without end', () => {
    const memo = new CleanMemo()
    const redactor: Redactor = { ...broken, redact: (text) => ({ text, findings: [] }) }
    for (let index = 0; index < 5_000; index++) memo.text(`name-${index}`, redactor)
    expect(memo.text('name-4999', redactor)).toBe('name-4999')
    expect(memo.size).toBeLessThanOrEqual(2_000)
  })
})
