import { expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

/**
 * Texts made to stall pattern matchers. Four times the text may take about four times the CPU; a
 * quadratic matcher takes sixteen. Wall time decides nothing, and a second measurement is taken before
 * a ratio counts.
 */
const units = [
  ...['a@a@', 'a.a.', '1-1-', '1 1 ', '12 12 ', '555 555 ', '0123 ', 'ab12:', 'user: ', '1', ' '],
  ...['::::', '1:', 'eyJ.', 'eyJAsk-eyJ', '0123-eyJGB', '+1 (', '(212) ', '-----BEGIN '],
  ...['-----BEGIN PRIVATE KEY-----', '{"', '\\"', '\\', 'pw=', 'pw="', 'token=', 'key=.1', '://a:'],
  ...[
    'a1-a1-',
    '1 A ',
    'Suite 1 ',
    'rue A ',
    'DE12',
    'at a ',
    'one ',
    'password is ',
    'sk-',
    '[A_1',
  ],
  ...[
    '4539 2002 ',
    '1.1.1.',
    'passport A1 ',
    'born 1/1/',
    '电话12 ',
    '\u200b1',
    '%40a',
    '<password>',
  ],
]

const cpuOf = (text: string): number => {
  const before = process.cpuUsage()
  createRedactor().redact(text)
  const { user, system } = process.cpuUsage(before)
  return user + system
}
const best = (text: string): number => Math.min(cpuOf(text), cpuOf(text), cpuOf(text))

test.each(units)('repeating %j costs time in proportion', (unit) => {
  const text = unit.repeat(Math.ceil(12_000 / unit.length))
  const ratio = (): number => best(text.repeat(4)) / Math.max(best(text), 500)
  expect(Math.min(ratio(), ratio())).toBeLessThan(8)
})

test.each(units)('repeating %j never fails', (unit) => {
  const redactor = createRedactor()
  redactor.redact(unit.repeat(2_000))
  expect(redactor.stats().failures).toBe(0)
})
