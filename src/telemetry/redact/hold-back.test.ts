import { describe, expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

const key = [
  '-----BEGIN RSA PRIVATE KEY-----',
  ...Array.from({ length: 30 }, (_, line) => `${line}MIIEowIBAAKCAQEA`.padEnd(64, 'q7Xz')),
  '-----END RSA PRIVATE KEY-----',
].join('\n')
const filler = 'The quick brown fox jumps over the lazy dog and goes home again. '

function inChunks(text: string, size: number): { output: string; longestWait: number } {
  const stream = createRedactor().redactStream()
  let output = ''
  let longestWait = 0
  for (let at = 0; at < text.length; at += size) {
    output += stream.push(text.slice(at, at + size))
    longestWait = Math.max(longestWait, at + size - output.length)
  }
  return { output: output + stream.end(), longestWait }
}

describe('a stream of chunks', () => {
  test.each([1, 3, 16, 64, 5000])('masks a value cut into chunks of %i', (size) => {
    const { output } = inChunks(`${filler}mail jane@example.com now. ${filler}`, size)
    expect(output).toBe(`${filler}mail [EMAIL_1] now. ${filler}`)
  })

  test('holds back no more than 512 characters', () => {
    expect(inChunks(filler.repeat(60), 1).longestWait).toBeLessThanOrEqual(512)
  })

  test('shows plain text before the end', () => {
    const stream = createRedactor().redactStream()
    expect(stream.push(filler.repeat(20)).length).toBeGreaterThan(800)
  })

  test.each([1, 200])('keeps a long private key back until it closes, in chunks of %i', (size) => {
    const { output } = inChunks(`${filler.repeat(9)}\n${key}\n${filler.repeat(12)}`, size)
    expect(output).toBe(`${filler.repeat(9)}\n[PRIVATE_KEY_1]\n${filler.repeat(12)}`)
  })

  test('finds a label that was let go long before', () => {
    const gap = `phone ${filler.slice(0, 20)}`
    const text = `${filler.repeat(8)}${gap} 4155550164 ${filler.repeat(8)}`
    expect(inChunks(text, 7).output).not.toContain('4155550164')
  })

  test('quotes a number in JSON', () => {
    expect(inChunks(`{"ssn":536228145,"ok":true} ${filler.repeat(9)}`, 5).output).toMatch(
      /^\{"ssn":"\[US_SSN_1\]","ok":true\} /,
    )
  })

  test('shares numbers with its scope', () => {
    const scope = createRedactor()
    scope.redact('a@x.org')
    const stream = scope.redactStream()
    expect(stream.push('b@x.org a@x.org') + stream.end()).toBe('[EMAIL_2] [EMAIL_1]')
  })

  test('takes no more after its end', () => {
    const stream = createRedactor().redactStream()
    stream.push('one')
    expect([stream.end(), stream.push('a@x.org'), stream.end()]).toEqual(['one', '', ''])
  })
})

describe('a stream that fails', () => {
  test('hides the rest when a value never closes', () => {
    const redactor = createRedactor()
    const stream = redactor.redactStream()
    let output = ''
    for (let turn = 0; turn < 60; turn++)
      output += stream.push(
        `token eyJhbGciOiJIUzI1NiJ9.${'eyJz'.repeat(1)}`.slice(turn ? 28 : 0) + 'A'.repeat(2000),
      )
    output += stream.end()
    expect(output).toMatch(/\[REDACTION_FAILED len=\d+\]\[REDACTION_FAILED len=\d+\]$/)
    expect(output).not.toContain('AAAA')
    expect(redactor.stats().failures).toBe(1)
  })

  test('hides what a throwing detector was to see', () => {
    const redactor = createRedactor({
      detectors: [
        () => {
          throw new Error('down')
        },
      ],
    })
    const stream = redactor.redactStream()
    expect(stream.push('a@x.org') + stream.end()).toBe('[REDACTION_FAILED len=7]')
  })
})
