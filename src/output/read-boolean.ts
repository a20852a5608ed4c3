import type { ScalarReading } from './reading.ts'

const yes = new Set(['yes', 'y', 'on', '1', '1.0'])
const no = new Set(['no', 'n', 'off', '0', '0.0'])
const nulls = /^(?:null|none|nil|undefined)$/i

/** The boolean that these characters stand for: `true`, `True`, `"true"`, and `yes` as a likely one. */
export function readBoolean(text: string, isBare: boolean): ScalarReading {
  const word = text.length > 12 ? '' : text.trim().toLowerCase()
  if (/^(?:true|false)[.!]$/.test(word)) {
    return { value: word.startsWith('true'), rule: 'marks', class: 'likely' }
  }
  if (word === 'true' || word === 'false') {
    const value = word === 'true'
    if (isBare) return { value }
    return { value, rule: 'boolean-in-string', class: 'unique' }
  }
  if (yes.has(word)) return { value: true, rule: 'yes-no', class: 'likely' }
  if (no.has(word)) return { value: false, rule: 'yes-no', class: 'likely' }
  return undefined
}

/** Whether characters without quotes mean null, in any of the languages that models mix up. */
export const isBareNull = (text: string): boolean => text.length < 10 && nulls.test(text)

/** Null where the schema takes null and not this text. */
export function readNull(text: string, isBare: boolean): ScalarReading {
  const word = text.length > 12 ? 'x' : text.trim()
  if (nulls.test(word)) {
    return isBare ? { value: null } : { value: null, rule: 'null-in-string', class: 'unique' }
  }
  if (/^n\/a$/i.test(word)) return { value: null, rule: 'null-in-string', class: 'likely' }
  return undefined
}
