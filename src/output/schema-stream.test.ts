import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOutputReader } from './output-reader.ts'
import type { PartialEvent } from './partial-stream.ts'

const ticket = z.object({
  subject: z.string(),
  mood: z.enum(['calm', 'cross']),
  urgency: z.number().min(0).max(1),
  tags: z.array(z.string()),
  person: z.object({ name: z.string(), age: z.number() }).optional(),
})

/** Pushes a text in pieces of `size` characters. */
function push(answer: string, size: number, schema: z.ZodType = ticket) {
  const stream = createOutputReader(schema).stream()
  const events: PartialEvent[] = []
  for (let at = 0; at < answer.length && stream.impossible === undefined; at += size) {
    events.push(...stream.push(answer.slice(at, at + size)))
  }
  const fields = events.flatMap((event) =>
    event.type === 'field' ? [[event.path.join('.'), event.value] as const] : [],
  )
  return { stream, events, fields: Object.fromEntries(fields) }
}

const answer = JSON.stringify({
  subject: 'Parcel "7" is\nlate',
  mood: 'cross',
  urgency: 0.75,
  tags: ['late', 'lost'],
  person: { name: 'Mia', age: 41 },
})

describe('schema stream', () => {
  it.each([1, 2, 5, 1000])('settles every field, in pieces of %i', (size) => {
    expect(push(answer, size).fields).toEqual({
      subject: 'Parcel "7" is\nlate',
      mood: 'cross',
      urgency: 0.75,
      'tags.0': 'late',
      'tags.1': 'lost',
      'person.name': 'Mia',
      'person.age': 41,
    })
  })

  it('shows a string while it grows, and an enum only when it is whole', () => {
    const { events } = push(answer, 3)
    const grown = events.flatMap((event) => (event.type === 'field-delta' ? [event] : []))
    const text = (key: string) =>
      grown
        .filter((event) => event.path[0] === key)
        .map((event) => event.text)
        .join('')
    expect(text('subject')).toBe('Parcel "7" is\nlate')
    expect(text('mood')).toBe('')
  })

  it('keeps what is settled in the partial value', () => {
    const stream = createOutputReader(ticket).stream()
    expect(stream.partial).toBeUndefined()
    stream.push('{"subject": "Late", "mood": "cr')
    expect(stream.partial).toEqual({ subject: 'Late' })
    stream.push('oss", "urgency": 0.7')
    expect(stream.partial).toEqual({ subject: 'Late', mood: 'cross' })
    stream.push('5, "tags": ["lo')
    expect(stream.partial).toEqual({ subject: 'Late', mood: 'cross', urgency: 0.75, tags: ['lo'] })
  })

  it('holds a number back until nothing can change it', () => {
    const stream = createOutputReader(ticket).stream()
    expect(stream.push('{"subject":"a","urgency":0.5,')).not.toContainEqual(
      expect.objectContaining({ path: ['urgency'] }),
    )
    expect(stream.push('"')).toEqual([{ type: 'field', path: ['urgency'], value: 0.5 }])
  })

  it('waits behind reasoning, prose and a fence', () => {
    const { fields } = push(
      `<think>{"subject":"no"}</think>Use {subject}:\n\`\`\`json\n${answer}`,
      4,
    )
    expect(fields).toMatchObject({ subject: 'Parcel "7" is\nlate', urgency: 0.75 })
  })

  it.each([
    [
      'a value that has to be read otherwise',
      '{"subject":"a","urgency":"0.5","mood":"Calm","tags":[',
      1,
    ],
    ['a key in another case', '{"subject":"a","Mood":"calm","tags":[', 1],
    ['what follows the first broken character', '{"subject":"a", mood: "calm","urgency":1,', 1],
    ['an inner object of a broken one', '{\'person\': {"name": "Mia", "age": 3}, ', 0],
    ['a tool call that has the keys of the schema', '{"name":"save","arguments":{"name":"Mia"', 0],
  ])('is silent about %s', (_, text, count) => {
    const schema = text.includes('arguments') ? z.object({ name: z.string() }) : ticket
    const { events, stream } = push(text, 2, schema)
    expect(events.filter((event) => event.type === 'field')).toHaveLength(count)
    expect(stream.impossible).toBeUndefined()
  })

  it.each([
    ['a number out of range', '{"subject":"a","urgency":7,"', ['urgency']],
    ['no member of an enum', '{"subject":"a","mood":"green","', ['mood']],
    ['a key that is missing', '{"subject":"a","person":{"name":"Mia"},"', ['person', 'age']],
    ['null for what is required', '{"subject":"a","urgency":null,"', ['urgency']],
  ])('says at once that it is impossible: %s', (_, text, path) => {
    const { stream } = push(text, 3)
    expect(stream.impossible).toMatchObject({ cause: 'schema', issues: [{ path }] })
  })

  it('stops at its limits', () => {
    const stream = createOutputReader(ticket, { limits: { maxLength: 20 } }).stream()
    stream.push('{"subject":"a long text"')
    expect(stream.impossible).toMatchObject({ cause: 'hostile' })
    const deep = createOutputReader(z.array(z.any()), { limits: { maxDepth: 4 } }).stream()
    deep.push('[[[[[')
    expect(deep.impossible).toMatchObject({ cause: 'hostile' })
  })

  it('keeps the branches of a union that are left', () => {
    const shape = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), size: z.number() }),
      z.object({ kind: z.literal('text'), size: z.string() }),
    ])
    const list = z.object({ shapes: z.array(shape) })
    const { fields, stream } = push(
      '{"shapes":[{"kind":"circle","size":2},{"kind":"text","size":"L"}',
      4,
      list,
    )
    expect(fields).toMatchObject({ 'shapes.0.size': 2 })
    expect(stream.impossible).toBeUndefined()
    expect(push('{"shapes":[{"kind":"square"}', 4, list).stream.impossible).toBeDefined()
  })
})
