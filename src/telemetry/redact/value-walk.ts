import { failureNotice } from './failure-notice.ts'
import type { PlaceholderNumbers } from './placeholders.ts'
import type { RedactionCounter } from './redaction-stats.ts'
import type { Redaction } from './replace-spans.ts'
import { keyMeaning } from './sensitive-keys.ts'
import { looksRandom } from './validators/entropy.ts'

export interface ValueWalkSetup {
  redact(text: string): Redaction
  readonly numbers: PlaceholderNumbers
  readonly counter: RedactionCounter
  readonly maxDepth: number
  readonly maxNodes: number
}

/** Where a value stands: under which key, how deep, and inside which secret. */
interface Place {
  readonly key: string | undefined
  readonly depth: number
  /** Set below a key such as `credentials`, where every leaf is secret. */
  readonly secret: string | undefined
}

/** Longer texts bring their own labels, and JSON its own keys. */
const longestLabelled = 256
/** Keys whose value names another value: `{ name: 'Authorization', value: '…' }`. */
const namingKeys = ['name', 'key', 'header', 'field', 'label', 'param']

/** Returns a function that copies a value with everything sensitive in it redacted; it never throws. */
export function createValueWalk(setup: ValueWalkSetup): (value: unknown) => unknown {
  return (value) =>
    new ValueWalk(setup).visit(value, { key: undefined, depth: 0, secret: undefined })
}

class ValueWalk {
  readonly #setup: ValueWalkSetup
  readonly #open = new Set<object>()
  #nodes = 0

  constructor(setup: ValueWalkSetup) {
    this.#setup = setup
  }

  visit(value: unknown, place: Place): unknown {
    try {
      if (++this.#nodes > this.#setup.maxNodes || place.depth > this.#setup.maxDepth)
        return this.#fail()
      return this.#leafOrTree(value, place)
    } catch {
      // A proxy, getter or toJSON of the value threw; the value stays out, the count tells.
      return this.#fail()
    }
  }

  #leafOrTree(value: unknown, place: Place): unknown {
    switch (typeof value) {
      case 'string':
        return this.#text(value, place)
      case 'number':
      case 'bigint':
        return this.#number(value, place)
      case 'function':
        return `[Function ${this.#setup.redact(value.name || 'anonymous').text}]`
      case 'symbol':
        return this.#setup.redact(value.toString()).text
      case 'object':
        return value === null ? null : this.#object(value, place)
      default:
        return value
    }
  }

  #text(text: string, place: Place): string {
    if (text === '') return text
    const secret = place.secret ?? secretKind(place.key, text)
    if (secret) return this.#mask(secret, text)
    if (!place.key) return this.#setup.redact(text).text
    return this.#labelled(text, place.key)
  }

  /** The key is put before the value as a label, so that the rules for labels in text decide. */
  #labelled(text: string, key: string): string {
    if (text.length > longestLabelled || /^\s*[[{"]/.test(text))
      return this.#setup.redact(text).text
    const label = `${words(key)}: `
    const { text: labelled, findings } = this.#setup.redact(label + text)
    // A text that failed closed has no findings, but is not the text any more.
    if (findings.length === 0 && labelled !== label + text) return failureNotice(text.length)
    let output = ''
    let at = 0
    for (const { start, end, placeholder } of findings) {
      if (end <= label.length) continue
      output += text.slice(at, Math.max(at, start - label.length)) + placeholder
      at = end - label.length
    }
    return output + text.slice(at)
  }

  #number(value: number | bigint, place: Place): unknown {
    const text = String(value)
    if (place.secret) return this.#mask(place.secret, text)
    const meaning = place.key ? keyMeaning(place.key) : undefined
    if (meaning?.kind === 'PASSWORD') return this.#mask('PASSWORD', text)
    const redacted = this.#text(text, place)
    if (redacted !== text) return redacted
    return typeof value === 'bigint' ? text : value
  }

  #mask(type: string, text: string): string {
    if (/^\[[A-Z][A-Z0-9_]*_\d+\]$/.test(text) || text.startsWith('[REDACTION_FAILED ')) return text
    this.#setup.counter.found(type)
    return this.#setup.numbers.placeholder(type, text)
  }

  #object(value: object, place: Place): unknown {
    if (this.#open.has(value)) return '[Circular]'
    const leaf = summary(value)
    if (leaf !== undefined) return this.#text(leaf, place)
    this.#open.add(value)
    try {
      return this.#tree(value, place)
    } finally {
      this.#open.delete(value)
    }
  }

  #tree(value: object, place: Place): unknown {
    if (Array.isArray(value) || value instanceof Set) {
      return Array.from(value, (item) => this.visit(item, { ...place, depth: place.depth + 1 }))
    }
    if (value instanceof Map) return this.#map(value, place)
    if (value instanceof Headers || value instanceof URLSearchParams) {
      return this.#entries([...value.entries()], place)
    }
    if (value instanceof Error) return this.#entries(errorEntries(value), place)
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') {
      return this.visit(toJSON.call(value), { ...place, depth: place.depth + 1 })
    }
    return this.#entries(ownEntries(value), place)
  }

  #map(value: ReadonlyMap<unknown, unknown>, place: Place): unknown {
    const entries = [...value]
    if (entries.every((entry): entry is [string, unknown] => typeof entry[0] === 'string')) {
      return this.#entries(entries, place)
    }
    return entries.map((entry) => this.visit(entry, { ...place, depth: place.depth + 1 }))
  }

  #entries(
    entries: readonly (readonly [string, unknown])[],
    place: Place,
  ): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    const named = nameOfValue(entries)
    for (const [key, value] of entries) {
      const meaningKey = key === 'value' && named ? named : key
      const child = {
        key: meaningKey,
        depth: place.depth + 1,
        secret: place.secret ?? secretBelow(meaningKey, value),
      }
      const name = this.#setup.redact(key).text
      // `__proto__` as a plain assignment would change the copy's prototype.
      Object.defineProperty(copy, name, {
        value: value === unreadable ? this.#fail() : this.visit(value, child),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    return copy
  }

  #fail(): string {
    this.#setup.counter.failed()
    return failureNotice(0)
  }
}

const unreadable = Symbol('unreadable')

/** Own enumerable properties; one whose getter throws is marked, the others are kept. */
function ownEntries(value: object): [string, unknown][] {
  return Object.keys(value).map((key) => {
    try {
      return [key, (value as Record<string, unknown>)[key]]
    } catch {
      return [key, unreadable]
    }
  })
}

function errorEntries(error: Error): [string, unknown][] {
  const hidden: [string, unknown][] = [
    ['name', error.name],
    ['message', error.message],
    ['stack', error.stack],
  ]
  if ('cause' in error) hidden.push(['cause', error.cause])
  if (error instanceof AggregateError) hidden.push(['errors', error.errors])
  const seen = new Set(hidden.map(([key]) => key))
  return [...hidden, ...ownEntries(error).filter(([key]) => !seen.has(key))]
}

/** Objects that are told as text: dates, URLs, patterns; of binary data only the length is kept. */
function summary(value: object): string | undefined {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? '[Invalid Date]' : value.toISOString()
  }
  if (value instanceof URL) return value.href
  if (value instanceof RegExp) return String(value)
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name} ${value.byteLength} bytes]`
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return `[${value.constructor.name} ${value.byteLength} bytes]`
  }
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) {
    return `[${value.constructor.name}]`
  }
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    return String(value)
  }
  return undefined
}

function secretKind(key: string | undefined, text: string): string | undefined {
  const meaning = key ? keyMeaning(key) : undefined
  if (!key || !meaning) return undefined
  if (meaning.certain || /^(?:set-?)?cookies?$/i.test(key)) return meaning.kind
  return looksRandom(text.replace(/^\w+ /, '')) && !/\s/.test(text.replace(/^\w+ /, ''))
    ? meaning.kind
    : undefined
}

/** Only objects and lists pass a key's secrecy on to what is below them. */
function secretBelow(key: string, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const meaning = keyMeaning(key)
  return meaning?.certain || /^credentials?$/i.test(key) ? (meaning?.kind ?? 'API_KEY') : undefined
}

function nameOfValue(entries: readonly (readonly [string, unknown])[]): string | undefined {
  if (!entries.some(([key]) => key === 'value')) return undefined
  const naming = entries.find(
    ([key, value]) => namingKeys.includes(key) && typeof value === 'string',
  )
  return naming?.[1] as string | undefined
}

/** `homePhone_number` as the words `home phone number`. */
function words(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ')
}
