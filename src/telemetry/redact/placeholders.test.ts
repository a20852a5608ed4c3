import { expect, test } from 'vitest'
import { createPlaceholderNumbers } from './placeholders.ts'

test('each type counts for itself', () => {
  const numbers = createPlaceholderNumbers()
  expect(numbers.placeholder('EMAIL', 'a@x.org')).toBe('[EMAIL_1]')
  expect(numbers.placeholder('PHONE', '555-0142')).toBe('[PHONE_1]')
  expect(numbers.placeholder('EMAIL', 'b@x.org')).toBe('[EMAIL_2]')
})

test('a value is known again in another form', () => {
  const numbers = createPlaceholderNumbers()
  numbers.placeholder('PHONE', '(212) 555-0142')
  expect(numbers.placeholder('PHONE', '212.555.0142')).toBe('[PHONE_1]')
})

test('beyond the memory of a scope numbers go on', () => {
  const numbers = createPlaceholderNumbers()
  for (let index = 0; index < 20_001; index++) numbers.placeholder('ID', `v${index}`)
  expect(numbers.placeholder('ID', 'v0')).toBe('[ID_1]')
  expect(numbers.placeholder('ID', 'v20000')).toBe('[ID_20002]')
})
