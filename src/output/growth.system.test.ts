import { describe, expect, it } from 'vitest'
import { hostile } from './hostile.fixture.ts'
import { createOutputReader } from './output-reader.ts'
import { objectOf, schemaOf, text } from './reader.fixture.ts'

const reader = createOutputReader(schemaOf(objectOf({ a: text, 'b?': { type: 'integer' } })))
const read = (answer: string) => reader.read({ text: answer, finishReason: 'stop' })

/** How many characters were looked at one by one: a measure of work that no machine changes. */
async function looksAt(answer: string): Promise<number> {
  const prototype = Object.getOwnPropertyDescriptor(String.prototype, 'charCodeAt')
  const original = String.prototype.charCodeAt
  let count = 0
  function counted(this: string, at: number): number {
    count++
    return original.call(this, at)
  }
  Object.defineProperty(String.prototype, 'charCodeAt', { ...prototype, value: counted })
  try {
    await read(answer)
  } finally {
    Object.defineProperty(String.prototype, 'charCodeAt', prototype ?? {})
  }
  return count
}

describe('growth on hostile input', () => {
  it('is measured', async () => {
    expect(await looksAt(`{a:'${'x'.repeat(100)}'}`)).toBeGreaterThan(100)
  })

  it.each(Object.keys(hostile))('is linear: %s', async (name) => {
    const make = hostile[name] as (size: number) => string
    const small = await looksAt(make(2_000))
    const large = await looksAt(make(8_000))
    expect(large).toBeLessThanOrEqual(4.6 * small + 20_000)
    expect(large).toBeLessThan(60 * 8_000)
  })

  it.each(Object.keys(hostile))('settles a megabyte: %s', async (name) => {
    const make = hostile[name] as (size: number) => string
    const verdict = await read(make(1_000_000))
    if (!verdict.ok) expect(verdict.failure.excerpt.length).toBeLessThanOrEqual(200)
  })
})
