import type { LabelledText } from './redaction.ts'

/** A small labelled corpus from a seeded generator, for runs without a file. */
export function generateCorpus(seed = 20261124, size = 400): LabelledText[] {
  const random = seeded(seed)
  return Array.from({ length: size }, (_, index) => {
    const kind = index % 3 === 2 ? 'neg' : 'pos'
    const template = pick(random, kind === 'pos' ? sensitive : harmless)
    return { id: `gen${index}`, kind, ...fill(template, random) }
  })
}

type Random = () => number

const sensitive = [
  'Write to {EMAIL} or call {PHONE}.',
  'My card is {CREDIT_CARD}, please refund it.',
  'SSN {US_SSN}, born on {DATE_OF_BIRTH}.',
  '{"email":"{EMAIL}","password":"{PASSWORD}"}',
  'request from {IP_ADDRESS} with key {API_KEY}',
  'postgres://app:{URL_CREDENTIAL}@db:5432/app',
  'I live at {STREET_ADDRESS} now',
  'password: {PASSWORD}',
]
const harmless = [
  'commit {hex40} fixes issue #{digits5}',
  'order {digits9} shipped on 2026-11-{day}',
  'upgrade to {digit}.{digit}.{digit} took {digits5} ms',
  'trace {hex8}-{hex4}-4{hex3}-8{hex3}-{hex12} done',
  'total {digits5}.99 EUR for {digit} items',
]

const digits = '0123456789'
const hex = '0123456789abcdef'
const letters = 'abcdefghijklmnopqrstuvwxyz'
const alnum = letters + letters.toUpperCase() + digits

const generators: Record<string, (random: Random) => string> = {
  EMAIL: (random) => `${word(random, letters, 6)}.${word(random, letters, 5)}@example.org`,
  PHONE: (random) => `(${2 + Math.floor(random() * 8)}12) 555-01${word(random, digits, 2)}`,
  CREDIT_CARD: (random) => withLuhn(`4${word(random, digits, 14)}`),
  US_SSN: (random) =>
    `5${word(random, digits, 2)}-2${word(random, digits, 1)}-1${word(random, digits, 3)}`,
  DATE_OF_BIRTH: (random) =>
    `19${word(random, '6789', 1)}${word(random, digits, 1)}-0${1 + Math.floor(random() * 8)}-1${word(random, digits, 1)}`,
  PASSWORD: (random) => `${word(random, letters, 6)}#${word(random, digits, 3)}`,
  URL_CREDENTIAL: (random) => word(random, alnum, 14),
  IP_ADDRESS: (random) => `203.0.113.${1 + Math.floor(random() * 250)}`,
  API_KEY: (random) => `ghp_${word(random, alnum, 36)}`,
  STREET_ADDRESS: (random) =>
    `${1 + Math.floor(random() * 900)} ${pick(random, ['Oak', 'Elm', 'Mill', 'Church'])} ${pick(random, ['Street', 'Avenue', 'Lane'])}`,
  hex40: (random) => word(random, hex, 40),
  hex12: (random) => word(random, hex, 12),
  hex8: (random) => word(random, hex, 8),
  hex4: (random) => word(random, hex, 4),
  hex3: (random) => word(random, hex, 3),
  digits9: (random) => word(random, '123456789', 9),
  digits5: (random) => word(random, '123456789', 5),
  digit: (random) => word(random, digits, 1),
  day: (random) => String(10 + Math.floor(random() * 18)),
}

function fill(template: string, random: Random): Pick<LabelledText, 'text' | 'entities'> {
  const entities: { type: string; start: number; end: number; value: string }[] = []
  let text = ''
  for (const part of template.split(/(\{\w+\})/)) {
    const type = /^\{(\w+)\}$/.exec(part)?.[1]
    const value = type ? (generators[type]?.(random) ?? part) : part
    if (type && type === type.toUpperCase()) {
      entities.push({ type, start: text.length, end: text.length + value.length, value })
    }
    text += value
  }
  return { text, entities }
}

function withLuhn(body: string): string {
  const sum = [...body].reverse().reduce((total, character, index) => {
    const doubled = Number(character) * (index % 2 === 0 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return body + String((10 - (sum % 10)) % 10)
}

function word(random: Random, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
