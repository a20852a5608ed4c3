import type { JsonSchema } from '../src/model/message.ts'

/**
 * Valid documents, damaged at random with a seed. The truth needs no label: it is the document that
 * was there before, or no value at all.
 */
export interface DamagedCase {
  readonly kind: string
  readonly schema: JsonSchema
  readonly raw: string
  /** What the document said before it was damaged. */
  readonly original: unknown
  /** Data was lost, so that even the original value must not be made up. */
  readonly isLost: boolean
}

/** A generator of uniform numbers in [0, 1): mulberry32, public domain. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const texts = [
  'hello',
  'New York',
  'a, b and c',
  "it's fine",
  'He said: "go"',
  'x',
  '',
  'key: value',
  'a {b} [c]',
  'line one\nline two',
  'café – naïve',
  '日本語のテキスト',
  'https://example.org/a?b=c,d',
  '50% off',
  '12:30',
  'C:\\temp\\new',
  'tab\there',
  'true',
  '42',
  'null',
  'one; two',
  '# not a comment',
  'a // b',
  '"quoted"',
  'ends with a comma,',
  '{"json": true}',
  "the dogs' bowl",
  'O\'Brien said "no", then left',
  'a\\b',
  '…',
  'see "this", "that": both',
  'emoji 🙂 here',
  '(5\'3")',
  '`code`',
  '```\nblock\n```',
  'say “hi”',
  '-',
  '1,234',
]
const names = [
  'id',
  'name',
  'title',
  'status',
  'user_name',
  'createdAt',
  'total-price',
  'notes',
  'tags',
  'items',
  'city',
  'zip',
  'score',
  'active',
  'kind',
  'reply',
  'urgency',
  'route',
  'count',
  'ratio',
]
const members = [
  ['low', 'medium', 'high'],
  ['needs_review', 'done'],
  ['spam', 'not_spam'],
  ['A', 'B', 'C'],
  ['inProgress', 'closed'],
]

interface Sample {
  readonly schema: Record<string, unknown>
  readonly value: unknown
}

/** One case; the same seed makes the same case. */
export function damagedCase(seed: number): DamagedCase {
  const random = createRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  return damage(sampleObject(random, pick, 3), random, pick)
}

/** The document of a case, damaged in another way. */
export function damagedAgain({ schema, original }: DamagedCase, seed: number): DamagedCase {
  const random = createRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  return damage({ schema, value: original }, random, pick)
}

function damage(
  { schema, value }: Sample,
  random: () => number,
  pick: DamageInput['pick'],
): DamagedCase {
  const text = JSON.stringify(value, null, pick([0, 0, 2]))
  const kind = pick(Object.keys(damages))
  const apply = damages[kind] as Damage
  const raw = apply({ text, value: value as Record<string, unknown>, random, pick, schema })
  return {
    kind,
    schema,
    raw: raw ?? text,
    original: value,
    isLost: raw !== undefined && lossy.has(kind) && raw !== text,
  }
}

function sampleObject(
  random: () => number,
  pick: <T>(list: readonly T[]) => T,
  depth: number,
): Sample {
  const properties: Record<string, unknown> = {}
  const value: Record<string, unknown> = {}
  const required: string[] = []
  const count = 1 + Math.floor(random() * 5)
  while (Object.keys(properties).length < count) {
    const name = pick(names)
    if (Object.hasOwn(properties, name)) continue
    const sample = sampleValue(random, pick, depth - 1)
    properties[name] = sample.schema
    const isRequired = random() < 0.8 || required.length === 0
    if (isRequired) required.push(name)
    if (isRequired || random() < 0.7) value[name] = sample.value
  }
  return { schema: { type: 'object', properties, required }, value }
}

function sampleValue(
  random: () => number,
  pick: <T>(list: readonly T[]) => T,
  depth: number,
): Sample {
  const kind = random() * (depth > 0 ? 10 : 7)
  if (kind < 2.5) return { schema: { type: 'string' }, value: pick(texts) }
  if (kind < 4) return { schema: { type: 'integer' }, value: Math.floor(random() * 2000) - 500 }
  if (kind < 5) return { schema: { type: 'number' }, value: Math.round(random() * 1e5) / 100 }
  if (kind < 6) return { schema: { type: 'boolean' }, value: random() < 0.5 }
  if (kind < 6.6) {
    const list = pick(members)
    return { schema: { type: 'string', enum: list }, value: pick(list) }
  }
  if (kind < 7) {
    return { schema: { type: ['integer', 'null'] }, value: random() < 0.5 ? null : 7 }
  }
  if (kind < 8.5) {
    const first = sampleValue(random, pick, depth - 1)
    const value: unknown[] = []
    const count = Math.floor(random() * 4)
    for (let index = 0; index < count; index++) value.push(again(first, random, pick))
    return { schema: { type: 'array', items: first.schema }, value }
  }
  return sampleObject(random, pick, depth)
}

/** Another value of the same schema, where that is easy; otherwise the same one. */
function again(sample: Sample, random: () => number, pick: <T>(list: readonly T[]) => T): unknown {
  const { schema, value } = sample
  if (Array.isArray(schema.enum)) return pick(schema.enum)
  if (schema.type === 'string') return pick(texts)
  if (schema.type === 'integer') return Math.floor(random() * 1000)
  return value
}

interface DamageInput {
  readonly text: string
  readonly value: Record<string, unknown>
  readonly schema: Record<string, unknown>
  readonly random: () => number
  readonly pick: <T>(list: readonly T[]) => T
}

/** The damaged text, or undefined where this damage does not apply. */
type Damage = (input: DamageInput) => string | undefined

/** Damage after which there is no telling what the document said. */
const lossy = new Set(['ellipsis', 'value-removed', 'two-documents', 'key-twice'])

/** The places of a structural character, outside of strings. */
function structural(text: string, characters: string): number[] {
  const places: number[] = []
  let isInside = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (isInside && character === '\\') at++
    else if (character === '"') isInside = !isInside
    if ((!isInside || character === '"') && characters.includes(character)) places.push(at)
  }
  return places
}

function replaceAt(text: string, at: number, length: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + length)
}

/** Rewrites every string token of a JSON text. */
function mapStrings(text: string, map: (content: string, isKey: boolean) => string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"(\s*:)?/g, (_all, content: string, colon?: string) => {
    return map(content, colon !== undefined) + (colon ?? '')
  })
}

function removeOne(input: DamageInput, characters: string): string | undefined {
  const places = structural(input.text, characters)
  if (places.length === 0) return undefined
  return replaceAt(input.text, input.pick(places), 1, characters === ',' ? ' ' : '')
}

function mapLeaves(value: unknown, map: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, map))
  if (typeof value !== 'object' || value === null) return map(value)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapLeaves(one, map)]))
}

function mapKeys(value: unknown, map: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, map))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [map(key), mapKeys(one, map)]),
  )
}

const camel = (key: string): string =>
  key.replace(/[_-](\w)/g, (_all, letter: string) => letter.toUpperCase())
const snake = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll('-', '_')
const title = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1)

/** Every kind of damage, by the name that the report prints. */
const damages: Readonly<Record<string, Damage>> = {
  fence: ({ text }) => `\`\`\`json\n${text}\n\`\`\``,
  prose: ({ text, pick }) =>
    `${pick(['Here is the JSON:\n', 'Sure! The answer is: ', '**Result** (as asked):\n\n'])}${text}${pick(['', '\n\nLet me know if you need more.', ' is what I found.'])}`,
  reasoning: ({ text, value }) =>
    `<think>First try: ${JSON.stringify({ ...value, draft: 1 })}</think>\n${text}`,
  'trailing-comma': ({ text, pick }) => {
    const places = structural(text, '}]').filter(
      (at) => !'{['.includes(text.slice(0, at).trim().at(-1) ?? ''),
    )
    return places.length === 0 ? undefined : replaceAt(text, pick(places), 0, ',')
  },
  'comma-removed': (input) => removeOne(input, ','),
  'colon-removed': (input) => removeOne(input, ':'),
  'quote-removed': (input) => removeOne(input, '"'),
  'closer-removed': (input) => removeOne(input, '}]'),
  'opener-removed': (input) => removeOne(input, '{['),
  'closer-doubled': ({ text, pick }) => {
    const places = structural(text, '}]')
    const at = pick(places)
    return replaceAt(text, at, 0, text.charAt(at))
  },
  'closer-swapped': ({ text, pick }) => {
    const at = pick(structural(text, '}]'))
    return replaceAt(text, at, 1, text.charAt(at) === '}' ? ']' : '}')
  },
  'single-quotes': ({ text }) =>
    mapStrings(text, (content) => `'${content.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`),
  'bare-keys': ({ text }) =>
    mapStrings(text, (content, isKey) =>
      isKey && /^\w+$/.test(content) ? content : `"${content}"`,
    ),
  'python-literals': ({ text }) =>
    text.replace(/"(?:[^"\\]|\\.)*"|true|false|null/g, (token) => {
      if (token.startsWith('"')) return token
      return token === 'null' ? 'None' : title(token)
    }),
  comments: ({ text }) => text.replace(/,\n/g, ', // as asked\n').replace(/^\{/, '{ /* data */'),
  'smart-quotes': ({ text }) => mapStrings(text, (content) => `“${content}”`),
  'raw-newlines': ({ text }) =>
    mapStrings(
      text,
      (content) => `"${content.replace(/\\(.)/g, (all, letter) => (letter === 'n' ? '\n' : all))}"`,
    ),
  'raw-quotes': ({ text }) =>
    mapStrings(
      text,
      (content) => `"${content.replace(/\\(.)/g, (all, letter) => (letter === '"' ? '"' : all))}"`,
    ),
  'escaped-quotes': ({ text }) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'),
  'double-encoded': ({ text }) => JSON.stringify(text),
  'numbers-as-strings': ({ value }) =>
    JSON.stringify(mapLeaves(value, (leaf) => (typeof leaf === 'number' ? String(leaf) : leaf))),
  'booleans-as-strings': ({ value, pick }) => {
    const write = pick([String, (leaf: unknown) => title(String(leaf))])
    return JSON.stringify(
      mapLeaves(value, (leaf) => (typeof leaf === 'boolean' ? write(leaf) : leaf)),
    )
  },
  'keys-in-other-case': ({ value, pick }) =>
    JSON.stringify(mapKeys(value, pick([camel, snake, title]))),
  envelope: ({ value, pick }) => JSON.stringify({ [pick(['result', 'data', 'response'])]: value }),
  'list-of-one': ({ value }) => JSON.stringify([value]),
  'document-twice': ({ text }) => `${text}\n\n${text}`,
  'cut-anywhere': ({ text, random }) => text.slice(0, 1 + Math.floor(random() * (text.length - 1))),
  'bracket-line-removed': ({ value, pick }) => {
    const lines = JSON.stringify(value, null, 2).split('\n')
    const brackets = lines.flatMap((line, at) =>
      /^\s*[}\]]|[{[]$/.test(line) && at > 0 ? [at] : [],
    )
    lines.splice(pick(brackets), 1)
    return lines.join('\n')
  },
  'bracket-inserted': ({ text, pick }) => {
    const at = pick(structural(text, '{}[],:"'))
    return replaceAt(text, at, 0, pick(['{', '}', '[', ']', ',', ':', '"']))
  },
  'marks-swapped': ({ text, pick }) => {
    const at = pick(structural(text, '{}[],:"'))
    return at === 0 ? undefined : replaceAt(text, at - 1, 2, `${text[at]}${text[at - 1]}`)
  },
  'extra-key': ({ value, pick }) =>
    JSON.stringify({ [pick(['confidence', 'explanation', '$comment'])]: 'as asked', ...value }),
  'null-for-absent': ({ value, schema }) => {
    const known = Object.keys(schema.properties as object)
    const missing = known.filter((key) => !Object.hasOwn(value, key))
    return JSON.stringify({ ...value, ...Object.fromEntries(missing.map((key) => [key, null])) })
  },
  'choice-in-other-case': ({ value, pick }) => {
    const write = pick([
      (text: string) => text.toUpperCase(),
      (text: string) => title(text.replaceAll('_', ' ')),
      (text: string) => `**${text}**`,
      (text: string) => `${text}.`,
    ])
    const known = new Set(members.flat())
    return JSON.stringify(
      mapLeaves(value, (leaf) =>
        typeof leaf === 'string' && known.has(leaf) ? write(leaf) : leaf,
      ),
    )
  },
  semicolons: ({ text }) => {
    let damaged = text
    for (const at of structural(text, ',')) damaged = replaceAt(damaged, at, 1, ';')
    return damaged
  },
  assignment: ({ text, pick }) => `${pick(['const answer = ', 'answer = ', 'return '])}${text};`,
  'closers-left-out': ({ text }) => text.replace(/[}\]\s]+$/, ''),
  'single-backslashes': ({ text }) =>
    mapStrings(text, (content) => `"${content.replaceAll('\\\\', '\\')}"`),
  ellipsis: ({ text, pick }) => {
    const places = structural(text, '}]')
    return replaceAt(text, pick(places), 0, ', ...')
  },
  'value-removed': ({ text }) => {
    const match = /(": ?)(?:-?\d[\d.]*|true|false|null|"(?:[^"\\]|\\.)*")(?=\s*[,}])/.exec(text)
    return match === null ? undefined : text.replace(match[0], String(match[1]))
  },
  'two-documents': ({ text, value }) => {
    const other = mapLeaves(value, (leaf) => (typeof leaf === 'number' ? leaf + 1 : leaf))
    return JSON.stringify(other) === JSON.stringify(value)
      ? undefined
      : `${text}\n${JSON.stringify(other)}`
  },
  'key-twice': ({ text, value, schema }) => {
    const properties = schema.properties as Record<string, { type?: unknown }>
    const name = Object.keys(value).find((key) => properties[key]?.type === 'integer')
    if (name === undefined) return undefined
    return text.replace(/^\{/, `{${JSON.stringify(name)}: ${Number(value[name]) + 1},`)
  },
}

/** The kinds of damage that exist. */
export const damageKinds: readonly string[] = Object.keys(damages)
