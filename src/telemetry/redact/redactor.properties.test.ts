import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

/** Values with the type they are masked as wherever they stand alone between words. */
const values: readonly string[] = [
  'jane.doe@example.org',
  '4539 2002 9772 7693',
  'DE14 3471 6523 0624 3047 49',
  '+49 171 3920017',
  '536-22-8145',
  '203.0.113.77',
  '2001:db8:85a3::8a2e:370:7334',
  'bc1qf3ypch75xafldqduv7g2ry0f7758e09aswmq4j',
  'https://bob:s3cretPw@db.example.org/x',
  'AB 12 34 56 C',
]
const scraps = [
  ...['phone ', 'order ', 'password: ', 'ssn ', 'born on ', 'passport ', 'key=', 'token ', 'call '],
  ...['address: 12 ', 'Main Street ', ', ', '. ', '\n', ' ', '-', '"', '\\"', '{', '}', ':', '@'],
  ...[
    '12',
    '555',
    '0171',
    '2026-11-24',
    'a1b2c3',
    'é',
    '日本',
    '\u200b',
    '１２',
    '😀',
    '[EMAIL_1]',
    '\\n',
  ],
]
const value = fc.constantFrom(...values)
const scrap = fc.constantFrom(...scraps)
const noise = fc.oneof(
  scrap,
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const text = fc
  .array(fc.oneof({ weight: 2, arbitrary: noise }, { weight: 1, arbitrary: value }), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''))
/** Values between spaces, so that what surrounds them cannot make them something else. */
const spaced = fc
  .array(fc.oneof(value, fc.constantFrom('lorem', 'ipsum', 'and', 'then', 'we', 'saw', 'it')), {
    maxLength: 120,
  })
  .map((parts) => parts.join(' , '))

const redact = (input: string): string => createRedactor().redact(input).text

describe('any text', () => {
  test('is redacted without a failure', () => {
    fc.assert(
      fc.property(text, (input) => {
        const redactor = createRedactor()
        redactor.redact(input)
        expect(redactor.stats().failures).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  test('stays the same when redacted again', () => {
    fc.assert(
      fc.property(text, (input) => {
        const once = redact(input)
        expect(redact(once)).toBe(once)
      }),
      { numRuns: 500 },
    )
  })

  test('is its output with the findings put back', () => {
    fc.assert(
      fc.property(text, (input) => {
        const { text: output, findings } = createRedactor().redact(input)
        let rebuilt = ''
        let at = 0
        for (const { start, end, placeholder } of findings) {
          expect(start).toBeGreaterThanOrEqual(at)
          rebuilt += input.slice(at, start) + placeholder
          at = end
        }
        // Only JSON adds quotes around a placeholder, and these texts are rarely JSON.
        expect(output.replaceAll('"', '')).toBe((rebuilt + input.slice(at)).replaceAll('"', ''))
      }),
      { numRuns: 500 },
    )
  })
})

describe('JSON', () => {
  const leaf = fc.oneof(
    text,
    value,
    fc.integer(),
    fc.constantFrom(4539200297727693, 536228145, null),
  )
  const document = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('phone', 'card', 'password', 'ssn', 'note', 'id'), tie('node')),
      tie('node').map((inner) => JSON.stringify(inner)),
    ),
  })).node

  test('stays JSON of the same shape', () => {
    fc.assert(
      fc.property(fc.record({ data: document }), (input) => {
        const redactor = createRedactor()
        const output: unknown = JSON.parse(redactor.redact(JSON.stringify(input)).text)
        expect(redactor.stats().failures).toBe(0)
        expect(shapeOf(output)).toEqual(shapeOf(input))
      }),
      { numRuns: 400 },
    )
  })

  test('shows no value however deep it is encoded', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 4 }), (secret, depth) => {
        let input = JSON.stringify({ note: `it is ${secret} , ok` })
        for (let level = 0; level < depth; level++) input = JSON.stringify({ arguments: input })
        expect(redact(input)).not.toContain(secret)
      }),
    )
  })
})

describe('a stream', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 })

  test('gives what redacting the whole gives', () => {
    fc.assert(
      fc.property(spaced, cuts, (input, sizes) => {
        expect(streamed(input, sizes)).toBe(redact(input))
      }),
      { numRuns: 200 },
    )
  })

  test('shows no value that the whole does not show', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), cuts, (parts, sizes) => {
        const input = parts.join(' ')
        const whole = redact(input)
        const shown = streamed(input, sizes)
        for (const secret of values) {
          if (shown.includes(secret)) expect(whole).toContain(secret)
        }
      }),
      { numRuns: 200 },
    )
  })
})

function streamed(input: string, sizes: readonly number[]): string {
  const stream = createRedactor().redactStream()
  let output = ''
  let at = 0
  for (let turn = 0; at < input.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    output += stream.push(input.slice(at, at + size))
    at += size
  }
  return output + stream.end()
}

/** Keys and kinds of a value; strings and numbers may become one another, keys may be masked. */
function shapeOf(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(shapeOf)
  if (typeof input !== 'object' || input === null) return input === null ? null : 'leaf'
  return Object.entries(input).map(([key, inner]) => [key, shapeOf(inner)])
}
