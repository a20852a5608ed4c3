import type { JsonSchema } from '../../../model/message.ts'
import { findLabelled } from './labels.ts'
import { amountsOf } from './money.ts'
import type { Reading } from './reading.ts'
import { lengthInWords } from './reading.ts'
import { affinity } from './word-groups.ts'

/** A value for a field, and whether the text had something to say about it. */
export interface Filled<T = unknown> {
  readonly value: T
  readonly found: boolean
}

/** A number for a field by what the field is called, within the bounds of its schema. */
export function fillNumber(name: string, schema: JsonSchema, reading: Reading): Filled<number> {
  const label = `${name} ${typeof schema.description === 'string' ? schema.description : ''}`
  const { low, high } = boundsOf(schema)
  if (/urgen|priorit|sever/i.test(label))
    return within(schema, scale(reading.urgency, low, high), true)
  if (/confiden|probab|certain|likelihood/i.test(label)) {
    return within(schema, scale(confidenceOf(reading), low, high), true)
  }
  const labelled = reading.subject ? undefined : findLabelled(reading.message, name)
  const said = labelled === undefined ? undefined : amountsOf(labelled, true)[0]?.value
  if (said !== undefined) return within(schema, said, true)
  if (/amount|total|price|cost|sum|value|budget/i.test(name)) {
    const amount = reading.amount ?? amountsOf(reading.message, true)[0]
    return within(schema, amount?.value ?? low ?? 0, amount !== undefined)
  }
  if (/count|quantity|number|days|hours|minutes|years|age|size|length/i.test(name)) {
    const number = amountsOf(reading.message, true)[0]
    return within(schema, number?.value ?? low ?? 1, number !== undefined)
  }
  if (/score|rating|stars|sentiment|satisf/i.test(label)) {
    const mood = affinity(['positive'], reading.message) - affinity(['negative'], reading.message)
    return within(schema, scale(0.5 + Math.max(-2, Math.min(2, mood)) / 4, low, high), mood !== 0)
  }
  return within(schema, low ?? 0, false)
}

/** More words and a clear topic make the rules surer; they are never quite sure. */
function confidenceOf({ topic, message }: Reading): number {
  const clear = topic === 'other' ? 0.4 : 0.75
  return Math.min(0.95, clear + Math.min(20, lengthInWords(message)) / 100)
}

function boundsOf(schema: JsonSchema): { low: number | undefined; high: number | undefined } {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema
  const step = schema.type === 'integer' ? 1 : 0.01
  return {
    low: numberOf(minimum) ?? shifted(exclusiveMinimum, step),
    high: numberOf(maximum) ?? shifted(exclusiveMaximum, -step),
  }
}

/** 0 to 1 on the field's own scale, which is 0 to 1 where it has none. */
function scale(share: number, low: number | undefined, high: number | undefined): number {
  const from = low ?? 0
  const to = high ?? (from < 1 ? 1 : from + 1)
  return Math.round((from + share * (to - from)) * 100) / 100
}

function within(schema: JsonSchema, value: number, found: boolean): Filled<number> {
  const { low, high } = boundsOf(schema)
  const step = numberOf(schema.multipleOf) ?? (schema.type === 'integer' ? 1 : undefined)
  let fitted = Math.min(high ?? value, Math.max(low ?? value, value))
  if (step !== undefined && step > 0) {
    fitted = Math.round(fitted / step) * step
    if (high !== undefined && fitted > high) fitted -= step
    if (low !== undefined && fitted < low) fitted += step
  }
  return { value: Number(fitted.toPrecision(12)), found }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function shifted(value: unknown, by: number): number | undefined {
  return typeof value === 'number' ? value + by : undefined
}
