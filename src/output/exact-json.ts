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
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'not-json' }
  }
  const counted = countMembers(value, maxDepth)
  if (counted === undefined) return { kind: 'too-deep' }
  const isDoubtful = counted.isOdd || !hasMembers(text, counted.members) || hidesTexCommand(text)
  return { kind: 'value', value, isDoubtful }
}

/** The first and the last visible character of JSON are known; most other texts have others. */
function mayBeJson(text: string): boolean {
  const first = text.search(/[^\t\n\r ]/)
  if (first < 0) return false
  let last = text.length - 1
  while (' \t\n\r'.includes(text.charAt(last))) last--
  const open = text.charAt(first)
  const close = text.charAt(last)
  if (open === '{') return close === '}'
  if (open === '[') return close === ']'
  if (open === '"') return close === '"' && last > first
  return /[-\dtfn]/.test(open) && last - first < 400
}

/** Counts members, and looks for numbers and keys that lose something. Undefined if too deep. */
function countMembers(
  root: unknown,
  maxDepth: number,
): { members: number; isOdd: boolean } | undefined {
  let members = 0
  let isOdd = isLossy(root)
  const look = (value: unknown, next: object[]) => {
    if (typeof value === 'object' && value !== null) next.push(value)
    else if (typeof value === 'number' && isLossy(value)) isOdd = true
  }
  let level: object[] = typeof root === 'object' && root !== null ? [root] : []
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return undefined
    const next: object[] = []
    for (const container of level) {
      if (Array.isArray(container)) {
        for (const item of container) look(item, next)
        continue
      }
      for (const key of Object.keys(container)) {
        members++
        if (key === '__proto__') isOdd = true
        look((container as Record<string, unknown>)[key], next)
      }
    }
    level = next
  }
  return { members, isOdd }
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
    let before = at - 1
    while (before > 0 && text.charCodeAt(before) <= 0x20) before--
    // Too many may be counted, in strings, but never too few: equality is proof.
    if (text.charCodeAt(before) === 0x22) count++
  }
  return count === members || colonsOf(text) === members
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
