import { createRedactor } from './redactor.ts'

/**
 * Texts whose sensitive values are marked `«TYPE|value»`, and what it means that a redactor masks them.
 * The other files of cases use it. Tokens are filled in at run time from a seeded generator, so that no
 * line of a test looks like a live secret.
 */
export interface LabelledText {
  readonly text: string
  readonly entities: readonly { type: string; start: number; end: number; value: string }[]
}

const alphabets = {
  alnum: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  lower: 'abcdefghijklmnopqrstuvwxyz0123456789',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  hex: '0123456789abcdef',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-',
  digits: '0123456789',
}
let state = 20261124

function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/** Characters drawn from an alphabet, the same in every run. */
export function fill(kind: keyof typeof alphabets, length: number): string {
  const letters = alphabets[kind]
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('')
}

export function readMarks(marked: string): LabelledText {
  const entities: { type: string; start: number; end: number; value: string }[] = []
  let text = ''
  let at = 0
  for (const match of marked.matchAll(/«([A-Z_]+)\|([^»]*)»/g)) {
    text += marked.slice(at, match.index)
    const value = match[2] ?? ''
    const start = text.length
    entities.push({ type: match[1] ?? '', start, end: start + value.length, value })
    text += value
    at = match.index + match[0].length
  }
  return { text: text + marked.slice(at), entities }
}

/** Values that stay readable, and replaced spans that lie more than half outside of all values. */
export function judge(marked: string): { missed: string[]; stray: string[] } {
  const { text, entities } = readMarks(marked)
  const { findings } = createRedactor().redact(text)
  const inside = (at: number, spans: readonly { start: number; end: number }[]): boolean =>
    spans.some((span) => span.start <= at && at < span.end)
  const missed = entities.filter(({ start, value }) => {
    const places = [...value].keys().filter((at) => /[\p{L}\p{N}]/u.test(value.charAt(at)))
    const shown = [...places].map((at) => inside(start + at, findings))
    return shown.filter((isMasked) => isMasked).length < shown.length * 0.9
  })
  const stray = findings.filter(({ start, end }) => {
    const places = Array.from({ length: end - start }, (_, at) => inside(start + at, entities))
    return places.filter((isTrue) => isTrue).length * 2 < end - start
  })
  return {
    missed: missed.map(({ type, value }) => `${type} ${value}`),
    stray: stray.map(({ type, start, end }) => `${type} ${text.slice(start, end)}`),
  }
}
