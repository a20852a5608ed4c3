import { describe, expect, it } from 'vitest'
import { contradictsPin } from './pin-conflict.ts'

describe('contradictsPin', () => {
  it.each([
    ['The customer may be called on Sundays.', 'The customer may not be called on Sundays.'],
    ['Refunds are never paid in cash.', 'Refunds are paid in cash.'],
    ['The budget is 900 EUR.', 'The budget is 500 EUR.'],
    ['The billing plan is Free.', 'The billing plan is Team.'],
    ['Shipping address: 4 Oak Street', 'Shipping address: 12 Elm Road'],
  ])('%s against %s', (statement, pin) => {
    expect(contradictsPin(statement, pin)).toBe(true)
  })

  it.each([
    ['The budget is 500 EUR.', 'The budget is 500 EUR.'],
    ['The budget of 500 EUR was spent on 3 March.', 'The budget is 500 EUR.'],
    ['Ana is from Lisbon.', 'Ana is vegetarian.'],
    ['The parcel did not arrive.', 'Refunds are paid in cash.'],
    ['The billing plan is Team, paid yearly.', 'The billing plan is Team.'],
    ['', 'The billing plan is Team.'],
  ])('%s agrees with %s', (statement, pin) => {
    expect(contradictsPin(statement, pin)).toBe(false)
  })
})
