import { isRecord } from '../../../base/json.ts'
import type { JsonSchema } from '../../../model/message.ts'
import { adjustString } from './adjust-string.ts'
import { chooseOption, rankOptions } from './choose-option.ts'
import { asksForReview } from './compose-review.ts'
import { type Filled, fillNumber } from './fill-number.ts'
import { fillQuoted, fillQuotedList, wantsQuote } from './fill-quoted.ts'
import { fillString } from './fill-string.ts'
import { subjectsFor } from './list-subjects.ts'
import { focusOn, type Reading } from './reading.ts'
import { keywordsOf } from './text.ts'

/** Deeper than schemas of real answers; below it, a schema that contains itself ends. */
const deepest = 8

/** Of a list of what may come next, as many as a page shows. */
const usualOptions = 3

interface Filler {
  readonly root: JsonSchema
  readonly reading: Reading
  readonly seed: number
}

/** A value that fits a JSON Schema, filled in from what the user said. */
export function fillSchema(schema: JsonSchema, reading: Reading, seed: number): unknown {
  return fill('answer', schema, { root: schema, reading, seed }, 0).value
}

function fill(name: string, given: JsonSchema, filler: Filler, depth: number): Filled {
  const schema = resolve(given, filler.root, depth)
  if ('const' in schema) return { value: schema.const, found: true }
  if (Array.isArray(schema.enum)) return fillEnum(name, schema.enum, schema, filler)
  const variants = schema.anyOf ?? schema.oneOf
  if (Array.isArray(variants)) {
    // What the schema says of the value is said of each of its variants.
    const { description } = schema
    const described = variants.filter(isRecord).map((variant) => ({ description, ...variant }))
    return fillVariant(name, described, filler, depth)
  }
  switch (typeOf(schema)) {
    case 'object':
      if (isQuoted(schema, filler)) return fillWithSource(name, schema, filler, depth)
      return fillObject(schema, filler, depth)
    case 'array':
      return fillArray(name, schema, filler, depth)
    case 'number':
    case 'integer':
      return fillNumber(name, schema, filler.reading)
    case 'boolean':
      return fillBoolean(name, schema, filler.reading)
    case 'null':
      return { value: null, found: false }
    default:
      return nullable(schema, fillString(name, schema, filler))
  }
}

/** Follows references, and merges what `allOf` adds. */
function resolve(schema: JsonSchema, root: JsonSchema, depth: number): JsonSchema {
  let resolved = schema
  if (typeof schema.$ref === 'string' && depth <= deepest) {
    let target: unknown = root
    for (const key of schema.$ref.split('/').slice(1))
      target = isRecord(target) ? target[key] : undefined
    if (isRecord(target)) resolved = { ...resolve(target, root, depth + 1), ...withoutRef(schema) }
  }
  if (!Array.isArray(resolved.allOf)) return resolved
  const { allOf, ...own } = resolved
  const parts = allOf.filter(isRecord).map((part) => resolve(part, root, depth + 1))
  const properties = Object.assign(
    {},
    ...[...parts, own].map((part: JsonSchema) => part.properties ?? {}),
  )
  const required = [...parts, own].flatMap((part: JsonSchema) =>
    Array.isArray(part.required) ? part.required : [],
  )
  return { ...Object.assign({}, ...parts), ...own, properties, required }
}

function withoutRef({ $ref: _reference, ...rest }: JsonSchema): JsonSchema {
  return rest
}

function typeOf(schema: JsonSchema): unknown {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  const type = types.find((each) => each !== 'null') ?? types[0]
  if (type !== undefined) return type
  return isRecord(schema.properties) ? 'object' : schema.items ? 'array' : 'string'
}

function nullable(schema: JsonSchema, filled: Filled): Filled {
  const allowsNull = Array.isArray(schema.type) && schema.type.includes('null')
  return allowsNull && !filled.found ? { value: null, found: false } : filled
}

function fillEnum(
  name: string,
  options: unknown[],
  schema: JsonSchema,
  { reading }: Filler,
): Filled {
  const description = typeof schema.description === 'string' ? schema.description : ''
  return { value: chooseOption(options, { name, description }, reading), found: true }
}

/** Of a value or null, the value where there is one; of several shapes, the one whose mark fits. */
function fillVariant(name: string, variants: JsonSchema[], filler: Filler, depth: number): Filled {
  const others = variants.filter((variant) => variant.type !== 'null')
  const marks = others.map((variant) => markOf(resolve(variant, filler.root, depth)))
  const chosen = marks.every((mark) => mark !== undefined)
    ? chooseOption(marks, { name, description: '' }, filler.reading)
    : undefined
  const variant = others[Math.max(0, marks.indexOf(chosen))] ?? {}
  const filled = fill(name, variant, filler, depth + 1)
  const allowsNull = others.length < variants.length
  return allowsNull && (!filled.found || depth > deepest) ? { value: null, found: false } : filled
}

/** The constant property by which one shape of a union is told from the others. */
function markOf({ properties }: JsonSchema): unknown {
  if (!isRecord(properties)) return undefined
  for (const property of Object.values(properties)) {
    if (isRecord(property) && 'const' in property) return property.const
  }
  return undefined
}

function fillObject(schema: JsonSchema, filler: Filler, depth: number): Filled {
  const value: Record<string, unknown> = {}
  let found = false
  const required = Array.isArray(schema.required) ? schema.required : []
  const properties = isRecord(schema.properties) ? schema.properties : {}
  for (const [name, property] of Object.entries(properties)) {
    const isRequired = required.includes(name)
    if (!isRecord(property) || (!isRequired && depth > deepest)) continue
    const filled = fill(name, property, filler, depth + 1)
    if (!isRequired && !filled.found) continue
    found ||= filled.found
    Object.defineProperty(value, name, {
      value: filled.value,
      enumerable: true,
      configurable: true,
    })
  }
  return { value, found }
}

/** Findings of a review quote as well, but what they are about is found by its own rules. */
function isQuoted(schema: JsonSchema, { reading }: Filler): boolean {
  return wantsQuote(schema) && !asksForReview(reading.message)
}

/** What has no source is not found, whatever the fields by themselves could be filled with. */
function fillWithSource(name: string, schema: JsonSchema, filler: Filler, depth: number): Filled {
  const filled = fillQuoted(name, schema, filler.reading)
  return filled ?? { ...fillObject(schema, filler, depth), found: false }
}

function fillArray(name: string, schema: JsonSchema, filler: Filler, depth: number): Filled {
  const least = typeof schema.minItems === 'number' ? schema.minItems : 0
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : Number.POSITIVE_INFINITY
  const item = isRecord(schema.items) ? resolve(schema.items, filler.root, depth) : {}
  if (depth > deepest) return { value: [], found: false }
  if (isQuoted(item, filler) && least === 0) return fillQuotedList(schema, item, filler.reading)
  if (Array.isArray(item.enum) && /next|follow|related/i.test(name)) {
    const description = typeof item.description === 'string' ? item.description : ''
    const hints = { name, description: `${schema.description ?? ''} ${description}` }
    const wanted = Math.min(most, Math.max(least, usualOptions))
    return { value: rankOptions(item.enum, hints, filler.reading).slice(0, wanted), found: true }
  }
  const subjects = subjectsFor(name, filler.reading, least, most)
  const wanted = Math.min(most, Math.max(least, subjects.length))
  const values: unknown[] = []
  for (let index = 0; index < wanted; index++) {
    const subject = subjects[index] ?? `${name} ${index + 1}`
    values.push(fillItem(name, item, subject, filler, depth))
  }
  const isSet = Array.isArray(item.enum) || schema.uniqueItems === true
  const items = isSet ? distinct(values, item.enum, least) : values
  return { value: items, found: subjects.length > 0 }
}

/** Each value once, and as many as are needed: of further options, else of the same again. */
function distinct(values: unknown[], options: unknown, least: number): unknown[] {
  const once = [...new Set(values)]
  const others = Array.isArray(options) ? options.filter((option) => !once.includes(option)) : []
  while (once.length < least) once.push(others.shift() ?? once[0])
  return once
}

/** Where one of these stands, a schema without a type is not that of a text. */
const openKeywords = ['enum', 'const', 'anyOf', 'oneOf']

/** An item is about its subject: a text is the subject, an object is filled in as if it alone had been said. */
function fillItem(
  name: string,
  item: JsonSchema,
  subject: string,
  filler: Filler,
  depth: number,
): unknown {
  const isText = typeOf(item) === 'string' && !openKeywords.some((keyword) => keyword in item)
  if (isText) return adjustString({ value: subject, found: true }, item).value
  const reading = focusOn(filler.reading, subject)
  return fill(name, item, { ...filler, reading }, depth + 1).value
}

function fillBoolean(name: string, schema: JsonSchema, reading: Reading): Filled<boolean> {
  const label = `${name} ${typeof schema.description === 'string' ? schema.description : ''}`
  if (/urgen|escalat|human|immediate/i.test(label))
    return { value: reading.urgency >= 0.8, found: true }
  if (/question/i.test(name)) return { value: reading.isQuestion, found: true }
  return {
    value: keywordsOf(label.replaceAll(/([A-Z])/g, ' $1'), 6).some((word) =>
      reading.keywords.includes(word),
    ),
    found: true,
  }
}
