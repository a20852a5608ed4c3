import { hidesTexCommand } from './escapes.ts'

/**
 * JSON as the standard has it.
 *
 * `JSON.parse` decides; what it does not tell is looked for afterwards: a key that is there twice
 * (the last one silently wins), an integer that a JavaScript number cannot hold, and `__proto__`.
 * Then the value may not be what the model wrote, and the tolerant reading has to judge.
 */
export type ExactJson =
  | { readonly kind: 'value'; readonly value: unknown; readonly isDoubtful: boolean }
  | { readonly kind: 'not-json' }
  | { readonly kind: 'too-deep' }

/** Parses a text that may be JSON. Text that cannot be JSON costs no exception. */
export function parseExact(text: string, maxDepth: number): ExactJson {
  if (!mayBeJson(text)) return { kind: 'not-json' }
  if (opensTooDeep(text, maxDepth)) return { kind: 'too-deep' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'not-json' }
  }
  const counted = countMembers(value, maxDepth)
  if (counted.isTooDeep) return { kind: 'too-deep' }
  const isDoubtful = counted.isOdd || !hasMembers(text, counted.members) || hidesTexCommand(text)
  return { kind: 'value', value, isDoubtful }
}

/** The first and the last visible character of JSON are known; most other texts have others. */
function mayBeJson(text: string): boolean {
  let first = 0
  while (first < text.length && isJsonSpace(text.charCodeAt(first))) first++
  if (first === text.length) return false
  let last = text.length - 1
  while (isJsonSpace(text.charCodeAt(last))) last--
  const open = text.charAt(first)
  const close = text.charAt(last)
  if (open === '{') return close === '}'
  if (open === '[') return close === ']'
  if (open === '"') return close === '"' && last > first
  return /[-\dtfn]/.test(open) && last - first < 400
}

/** Whether nothing but opening brackets stands in front, so many that `JSON.parse` need not build them. */
function opensTooDeep(text: string, maxDepth: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length && depth <= maxDepth; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5b) depth++
    else if (!isJsonSpace(code)) return false
  }
  return depth > maxDepth
}

const isJsonSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

interface Counted {
  members: number
  /** A number or a key that loses something. */
  isOdd: boolean
  isTooDeep: boolean
}

/** Counts members, and looks for numbers and keys that lose something. Goes no deeper than `maxDepth`. */
function countMembers(root: unknown, maxDepth: number): Counted {
  const counted: Counted = { members: 0, isOdd: isLossy(root), isTooDeep: false }
  if (typeof root === 'object' && root !== null) count(root, maxDepth, counted)
  return counted
}

function count(container: object, depthLeft: number, counted: Counted): void {
  if (depthLeft === 0) {
    counted.isTooDeep = true
    return
  }
  if (Array.isArray(container)) {
    for (const item of container) look(item, depthLeft, counted)
    return
  }
  // An object of `JSON.parse` inherits nothing that could be counted.
  for (const key in container) {
    counted.members++
    if (key === '__proto__') counted.isOdd = true
    look((container as Record<string, unknown>)[key], depthLeft, counted)
  }
}

function look(value: unknown, depthLeft: number, counted: Counted): void {
  if (typeof value === 'number') {
    if (isLossy(value)) counted.isOdd = true
  } else if (typeof value === 'object' && value !== null) count(value, depthLeft - 1, counted)
}

/** Whether a number may not be the one that was written; its digits are needed to know. */
function isLossy(value: unknown): boolean {
  if (typeof value !== 'number') return false
  return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))
}

/** Whether this many members were written: counted roughly first, and exactly where that differs. */
function hasMembers(text: string, members: number): boolean {
  let count = 0
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    // Too many may be counted, in strings, but never too few: equality is proof.
    const before = text.charCodeAt(at - 1)
    if (before === 0x22 || (before <= 0x20 && isAfterQuote(text, at - 2))) count++
  }
  return count === members || colonsOf(text) === members
}

function isAfterQuote(text: string, from: number): boolean {
  let at = from
  while (at > 0 && isJsonSpace(text.charCodeAt(at))) at--
  return text.charCodeAt(at) === 0x22
}

/** The colons outside of strings: one for each member that was written. */
function colonsOf(text: string): number {
  let count = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x3a) count++
    else if (code === 0x22) at = endOfString(text, at + 1)
    at++
  }
  return count
}

/** The place of the quote that closes a string of valid JSON. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from)
  for (;;) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
}
